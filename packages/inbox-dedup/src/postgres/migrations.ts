import type { Migration, MigrationSet, TableNames } from '@holdfast/sql';
import { inboxTables } from '../store/inbox-tables.ts';

const tables: Migration = {
  number: 1,
  title: 'records, attempts, progress and sequences',
  up: (names) => [...recordTables(names), ...gateTables(names)],
  down: (names) => Object.values(inboxTables(names)).map((table) => `drop table ${table}`),
};

function recordTables(names: TableNames): string[] {
  const t = inboxTables(names);
  return [
    `create table ${t.record} (
       consumer text not null,
       source text not null,
       id text not null,
       digest bytea not null,
       received_at timestamptz not null default now(),
       primary key (consumer, source, id)
     )`,
    `create index ${names.index('inbox_by_age')} on ${t.record} (consumer, received_at)`,
    `create table ${t.attempt} (
       consumer text not null,
       source text not null,
       id text not null,
       type text not null,
       unfinished integer not null,
       failures integer not null default 0,
       last_error text,
       first_at timestamptz not null default clock_timestamp(),
       last_at timestamptz not null default clock_timestamp(),
       quarantined_at timestamptz,
       primary key (consumer, source, id)
     )`,
    `create index ${names.index('inbox_quarantined')} on ${t.attempt} (consumer, quarantined_at)
       where quarantined_at is not null`,
    `create index ${names.index('inbox_attempt_by_age')} on ${t.attempt} (consumer, last_at)
       where quarantined_at is null`,
    `create table ${t.progress} (
       consumer text not null,
       instance text not null,
       reached_at timestamptz not null,
       before_at timestamptz not null,
       since timestamptz not null,
       seen_at timestamptz not null,
       primary key (consumer, instance)
     )`,
  ];
}

function gateTables(names: TableNames): string[] {
  const t = inboxTables(names);
  return [
    `create table ${t.sequence} (
       consumer text not null,
       source text not null,
       stream text not null,
       key text not null,
       applied bigint not null,
       parked integer not null default 0,
       primary key (consumer, source, stream, key)
     ) with (fillfactor = 70)`,
    `create index ${names.index('inbox_sequence_parked')} on ${t.sequence} (consumer) where parked > 0`,
    `create table ${t.parked} (
       consumer text not null,
       source text not null,
       stream text not null,
       key text not null,
       number bigint not null,
       id text not null,
       type text not null,
       attributes text not null,
       body bytea not null,
       digest bytea not null,
       role text not null check (role in ('early', 'failed')),
       reason text,
       tries integer not null,
       replacement boolean not null,
       retry_at timestamptz,
       parked_at timestamptz not null default clock_timestamp(),
       primary key (consumer, source, stream, key, number)
     )`,
  ];
}

/** The inbox's tables on PostgreSQL. */
export const postgresInboxMigrations: MigrationSet = {
  name: 'inbox',
  dialect: 'postgresql',
  migrations: [tables],
};
