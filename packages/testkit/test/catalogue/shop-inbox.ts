import { type EventRegistry, UuidV7Ids } from '@holdfast/core';
import { Inbox, type InboxOptions, SqliteInboxStore, sqliteInboxMigrations } from '@holdfast/inbox-dedup';
import { Outbox, SqliteOutboxStore, sqliteOutboxMigrations } from '@holdfast/outbox';
import { Migrator } from '@holdfast/sql';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { type SimulatedSqlite, type SqliteHandle, SqliteTemplate } from '@holdfast/testkit/sqlite';

/** A database with an inbox, an outbox and tables of the application. */
export function shopTemplate(schema: string): SqliteTemplate {
  return new SqliteTemplate(async (handle) => {
    handle.exec(schema);
    const sets = [sqliteInboxMigrations, sqliteOutboxMigrations];
    await new Migrator({ database: new BetterSqlite3Database(handle), sets }).up();
  });
}

/** The inbox of the process whose code calls. Its works send into the outbox of the same database. */
export function shopInbox(
  db: SimulatedSqlite,
  options: { readonly events: EventRegistry } & Partial<InboxOptions<SqliteHandle>>,
): Inbox<SqliteHandle> {
  const transactions = db.runner();
  const store = new SqliteOutboxStore({ database: db.database() });
  return new Inbox({
    consumer: 'shop',
    store: new SqliteInboxStore(),
    transactions,
    outbox: new Outbox({ store, transactions, source: '/shop', ids: new UuidV7Ids() }),
    // Here processes are killed again and again, and no message is to blame for it.
    maxUnfinished: 1_000,
    ...options,
  });
}

/** Ids of the messages that caused what was sent. */
export function causesOfSent(db: SimulatedSqlite): readonly string[] {
  return db
    .query("select json_extract(attributes, '$.causationid') as cause from holdfast_outbox_log")
    .map(({ cause }) => String(cause));
}
