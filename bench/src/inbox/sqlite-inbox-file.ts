import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteInboxMigrations } from '@holdfast/inbox-dedup';
import { Migrator } from '@holdfast/sql';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import Database from 'better-sqlite3';

/** `full` waits for the disk at each commit, `normal` at checkpoints only: a power cut may take the last transactions back. */
export type Synchronous = 'full' | 'normal';

const tables = [
  'create table charge (id integer primary key, order_id text not null, customer text not null, cents integer not null, ' +
    "charged_at integer not null default (cast(unixepoch('subsec') * 1000 as integer))) strict",
  'create table hand_written_inbox (source text not null, id text not null, ' +
    "received_at integer not null default (cast(unixepoch('subsec') * 1000 as integer)), primary key (source, id)) strict, without rowid",
];

/** An inbox, a hand-written one, and a table for the effects in a SQLite file of its own, in WAL mode. */
export class SqliteInboxFile {
  readonly db: Database.Database;
  readonly #folder: string;
  readonly #synchronous: Synchronous;
  readonly #handles: Database.Database[] = [];

  private constructor(folder: string, synchronous: Synchronous) {
    this.#folder = folder;
    this.#synchronous = synchronous;
    this.db = this.open();
  }

  static async create(synchronous: Synchronous): Promise<SqliteInboxFile> {
    const file = new SqliteInboxFile(mkdtempSync(join(tmpdir(), 'holdfast-bench-')), synchronous);
    for (const table of tables) file.db.exec(table);
    await new Migrator({ database: new BetterSqlite3Database(file.db), sets: [sqliteInboxMigrations] }).up();
    return file;
  }

  /** Another handle on the same file, closed with it. */
  open(): Database.Database {
    const db = new Database(join(this.#folder, 'inbox.db'));
    db.pragma('journal_mode = wal');
    db.pragma(`synchronous = ${this.#synchronous}`);
    this.#handles.push(db);
    return db;
  }

  /** @throws Error unless there are exactly as many effects */
  expectCharges(count: number): void {
    const charges = this.db.prepare('select count(*) from charge').pluck().get();
    if (charges !== count) throw new Error(`There are ${charges} effects of ${count} messages.`);
  }

  drop(): void {
    for (const handle of this.#handles) handle.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
