import type { Migration, MigrationSet } from '@holdfast/sql';

const effects: Migration = {
  number: 1,
  title: 'effects',
  up: (names) => [
    // With a rowid: a result may be large, and would make the tree of keys wide.
    `create table ${names.table('effect')} (
       journal text not null,
       key text not null,
       idempotency_key text not null,
       about text,
       state text not null check (state in ('calling', 'unknown', 'free', 'done', 'refused', 'parked')),
       token integer not null,
       held integer not null,
       attempts integer not null,
       verifications integer not null default 0,
       undecided integer not null default 0,
       result blob,
       last_error text,
       last_verdict text,
       created_at integer not null,
       called_at integer not null,
       unknown_since integer,
       settles_at integer not null,
       due_at integer not null,
       changed_at integer not null,
       primary key (journal, key)
     ) strict`,
    // In SQLite the index is what a schema stands before; the table's name must not have one.
    `create index ${names.table('effect_due')} on ${names.index('effect')} (journal, due_at)
       where state in ('calling', 'unknown')`,
    `create index ${names.table('effect_parked')} on ${names.index('effect')} (journal, key) where state = 'parked'`,
    `create index ${names.table('effect_by_age')} on ${names.index('effect')} (journal, changed_at)
       where state in ('done', 'refused', 'free')`,
  ],
  down: (names) => [`drop table ${names.table('effect')}`],
};

/** The table of {@link SqliteEffectStore}. */
export const sqliteEffectMigrations: MigrationSet = {
  name: 'effects',
  dialect: 'sqlite',
  migrations: [effects],
};
