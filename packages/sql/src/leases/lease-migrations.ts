import type { MigrationSet } from '../migrations/migration.ts';

/** The table of {@link PostgresLeaseStore}. */
export const postgresLeaseMigrations: MigrationSet = {
  name: 'leases',
  dialect: 'postgresql',
  migrations: [
    {
      number: 1,
      title: 'leases',
      up: (names) => [
        `create table ${names.table('lease')} (
  name text primary key,
  holder text,
  fencing_token bigint not null,
  expires_at timestamptz not null
)`,
      ],
      down: (names) => [`drop table ${names.table('lease')}`],
    },
  ],
};

/** The table of {@link SqliteLeaseStore}. */
export const sqliteLeaseMigrations: MigrationSet = {
  name: 'leases',
  dialect: 'sqlite',
  migrations: [
    {
      number: 1,
      title: 'leases',
      up: (names) => [
        `create table ${names.table('lease')} (
  name text primary key,
  holder text,
  fencing_token integer not null,
  expires_at integer not null
) strict`,
      ],
      down: (names) => [`drop table ${names.table('lease')}`],
    },
  ],
};
