import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteInboxMigrations } from '@holdfast/inbox-dedup';
import { sqliteOutboxMigrations } from '@holdfast/outbox';
import { sqliteSagaMigrations } from '@holdfast/saga';
import { Migrator, sqliteLeaseMigrations } from '@holdfast/sql';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import Database from 'better-sqlite3';
import type { Synchronous } from '../inbox/sqlite-inbox-file.ts';
import type { Transitions } from './saga-database.ts';

const now = "integer not null default (cast(unixepoch('subsec') * 1000 as integer))";

const tables = [
  `create table hand_written_inbox (source text not null, id text not null, received_at ${now}, primary key (source, id)) strict, without rowid`,
  'create table hand_written_saga (order_id text primary key, state text not null, data text not null, version integer not null, ' +
    `started_at ${now}, changed_at ${now}) strict`,
  'create table hand_written_history (order_id text not null, number integer not null, event_type text not null, ' +
    'event_id text not null, from_state text, to_state text not null, changes text not null, sent text not null, ' +
    `at ${now}, primary key (order_id, number)) strict, without rowid`,
  'create table hand_written_outbox (position integer primary key, id text not null, type text not null, key text not null, ' +
    `headers text not null, body text not null, created_at ${now}) strict`,
];

/** The tables of inbox, outbox and saga, and hand-written ones, in a SQLite file of its own, in WAL mode. */
export class SqliteSagaFile {
  readonly db: Database.Database;
  readonly #folder: string;
  readonly #synchronous: Synchronous;
  readonly #handles: Database.Database[] = [];

  private constructor(folder: string, synchronous: Synchronous) {
    this.#folder = folder;
    this.#synchronous = synchronous;
    this.db = this.open();
  }

  static async create(synchronous: Synchronous): Promise<SqliteSagaFile> {
    const file = new SqliteSagaFile(mkdtempSync(join(tmpdir(), 'holdfast-bench-')), synchronous);
    for (const table of tables) file.db.exec(table);
    const sets = [sqliteLeaseMigrations, sqliteInboxMigrations, sqliteOutboxMigrations, sqliteSagaMigrations];
    await new Migrator({ database: new BetterSqlite3Database(file.db), sets }).up();
    return file;
  }

  /** Another handle on the same file, closed with it. */
  open(): Database.Database {
    const db = new Database(join(this.#folder, 'saga.db'));
    db.pragma('journal_mode = wal');
    db.pragma(`synchronous = ${this.#synchronous}`);
    this.#handles.push(db);
    return db;
  }

  /** @throws Error unless each transition has its place in the history, a message that it sent, and a record of its event */
  expectTransitions({ ours, byHand }: Transitions): void {
    for (const table of ['saga_history', 'outbox_log', 'inbox']) this.#expectRows(`holdfast_${table}`, ours);
    for (const table of ['history', 'outbox', 'inbox']) this.#expectRows(`hand_written_${table}`, byHand);
  }

  drop(): void {
    for (const handle of this.#handles) handle.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #expectRows(table: string, count: number): void {
    const found = this.db.prepare(`select count(*) from ${table}`).pluck().get();
    if (found !== count) throw new Error(`There are ${found} rows in ${table} of ${count} transitions.`);
  }
}
