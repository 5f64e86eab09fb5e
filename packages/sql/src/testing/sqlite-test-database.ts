import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { BetterSqlite3Database } from '../better-sqlite3/better-sqlite3-database.ts';
import { TableNames } from '../table-names.ts';

export interface SqliteTestDatabase {
  readonly file: string;
  readonly names: TableNames;
  /** A handle of its own, which `database` uses. */
  readonly handle: Database.Database;
  readonly database: BetterSqlite3Database;
  /** One more handle on the same file, with the same settings. */
  open(): Database.Database;
  /** Closes every handle and removes the file. */
  drop(): void;
}

/** A fresh, empty file with WAL, synchronous FULL, foreign keys and a busy timeout of 5 s. */
export function sqliteTestDatabase(): SqliteTestDatabase {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
  const file = join(directory, 'test.sqlite');
  const handles: Database.Database[] = [];
  const open = (): Database.Database => {
    const handle = new Database(file, { timeout: 5_000 });
    handle.pragma('journal_mode = WAL');
    handle.pragma('synchronous = FULL');
    handle.pragma('foreign_keys = ON');
    handles.push(handle);
    return handle;
  };
  const handle = open();
  return {
    file,
    names: new TableNames(),
    handle,
    database: new BetterSqlite3Database(handle),
    open,
    drop() {
      for (const one of handles) {
        one.close();
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
