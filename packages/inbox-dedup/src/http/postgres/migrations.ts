import type { Migration, MigrationSet } from '@holdfast/sql';

const keys: Migration = {
  number: 1,
  title: 'keys and answers',
  up: (names) => [
    // Each row is written twice, and no indexed column changes: with room on its page the second time touches no index.
    `create table ${names.table('idempotency')} (
       scope bytea not null,
       key text not null,
       fingerprint bytea not null,
       token text not null,
       claimed_at timestamptz not null,
       lease_until timestamptz not null,
       expires_at timestamptz not null,
       status smallint,
       headers text,
       body bytea,
       primary key (scope, key)
     ) with (fillfactor = 50)`,
    `create index ${names.index('idempotency_by_expiry')} on ${names.table('idempotency')} (expires_at)`,
  ],
  down: (names) => [`drop table ${names.table('idempotency')}`],
};

/** The table of {@link PostgresIdempotencyStore}. */
export const postgresIdempotencyMigrations: MigrationSet = {
  name: 'idempotency',
  dialect: 'postgresql',
  migrations: [keys],
};
