import type { Migration, MigrationSet } from '@holdfast/sql';

const keys: Migration = {
  number: 1,
  title: 'keys and answers',
  up: (names) => [
    // With a rowid: an answer may be large, and would make the tree of keys wide.
    `create table ${names.table('idempotency')} (
       scope blob not null,
       key text not null,
       fingerprint blob not null,
       token text not null,
       claimed_at integer not null,
       lease_until integer not null,
       expires_at integer not null,
       status integer,
       headers text,
       body blob,
       primary key (scope, key)
     ) strict`,
    // In SQLite the index is what a schema stands before; the table's name must not have one.
    `create index ${names.table('idempotency_by_expiry')} on ${names.index('idempotency')} (expires_at)`,
  ],
  down: (names) => [`drop table ${names.table('idempotency')}`],
};

/** The table of {@link SqliteIdempotencyStore}. */
export const sqliteIdempotencyMigrations: MigrationSet = {
  name: 'idempotency',
  dialect: 'sqlite',
  migrations: [keys],
};
