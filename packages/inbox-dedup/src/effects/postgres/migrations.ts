import type { Migration, MigrationSet } from '@holdfast/sql';

const effects: Migration = {
  number: 1,
  title: 'effects',
  up: (names) => [
    `create table ${names.table('effect')} (
       journal text not null,
       key text not null,
       idempotency_key text not null,
       about text,
       state text not null check (state in ('calling', 'unknown', 'free', 'done', 'refused', 'parked')),
       token bigint not null,
       held boolean not null,
       attempts integer not null,
       verifications integer not null default 0,
       undecided integer not null default 0,
       result bytea,
       last_error text,
       last_verdict text,
       created_at timestamptz not null,
       called_at timestamptz not null,
       unknown_since timestamptz,
       settles_at timestamptz not null,
       due_at timestamptz not null,
       changed_at timestamptz not null,
       primary key (journal, key)
     )`,
    `create index ${names.index('effect_due')} on ${names.table('effect')} (journal, due_at)
       where state in ('calling', 'unknown')`,
    `create index ${names.index('effect_parked')} on ${names.table('effect')} (journal, key) where state = 'parked'`,
    `create index ${names.index('effect_by_age')} on ${names.table('effect')} (journal, changed_at)
       where state in ('done', 'refused', 'free')`,
  ],
  down: (names) => [`drop table ${names.table('effect')}`],
};

/** The table of {@link PostgresEffectStore}. */
export const postgresEffectMigrations: MigrationSet = {
  name: 'effects',
  dialect: 'postgresql',
  migrations: [effects],
};
