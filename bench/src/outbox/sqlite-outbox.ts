import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeAttributes, type Publisher } from '@holdfast/core';
import { Relay, type RelaySettings, SqliteOutboxStore, sqliteOutboxMigrations } from '@holdfast/outbox';
import { Migrator, sqliteLeaseMigrations } from '@holdfast/sql';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import Database from 'better-sqlite3';
import { Meter } from '../harness/meter.ts';
import { orderEnvelopes } from './order-message.ts';

/** An outbox in a SQLite file of its own, in WAL mode. */
export class SqliteOutbox {
  readonly db: Database.Database;
  readonly store: SqliteOutboxStore;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.db = this.open();
    this.store = new SqliteOutboxStore({ database: new BetterSqlite3Database(this.open()) });
  }

  static async create(): Promise<SqliteOutbox> {
    const outbox = new SqliteOutbox(mkdtempSync(join(tmpdir(), 'holdfast-bench-')));
    const sets = [sqliteLeaseMigrations, sqliteOutboxMigrations];
    await new Migrator({ database: new BetterSqlite3Database(outbox.db), sets }).up();
    return outbox;
  }

  /** Another handle on the same file. */
  open(): Database.Database {
    const db = new Database(join(this.#folder, 'outbox.db'));
    db.pragma('journal_mode = wal');
    db.pragma('synchronous = normal');
    return db;
  }

  meter(): Meter {
    return new Meter(null);
  }

  relay(publisher: Publisher, settings: RelaySettings = {}): Relay {
    return new Relay({ store: this.store, publisher, ...settings });
  }

  fill(count: number): void {
    const insert = this.db.prepare(
      'insert into holdfast_outbox_log (lane, key, id, source, type, attributes, body) values (0, null, ?, ?, ?, ?, ?)',
    );
    this.db.transaction(() => {
      for (const { id, source, type, attributes, body } of orderEnvelopes(count, () => undefined)) {
        insert.run(id, source, type, encodeAttributes(attributes), body);
      }
    })();
  }

  /** Everything in the log waits again. */
  rewind(): void {
    this.db.prepare('update holdfast_outbox_lane set position = 0').run();
  }

  drop(): void {
    this.db.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
