import { type Migration, type MigrationSet, SQLITE_NOW, type TableNames } from '@holdfast/sql';
import { inboxTables } from '../store/inbox-tables.ts';

const tables: Migration = {
  number: 1,
  title: 'records, attempts, progress and sequences',
  up: (names) => [...recordTables(names), ...gateTables(names)],
  down: (names) => Object.values(inboxTables(names)).map((table) => `drop table ${table}`),
};

/** In SQLite the index is what a schema stands before; the table's name must not have one. */
function createIndex(names: TableNames, index: string, on: string): string {
  return `create index ${names.table(index)} on ${on}`;
}

function recordTables(names: TableNames): string[] {
  const t = inboxTables(names);
  return [
    `create table ${t.record} (
       consumer text not null,
       source text not null,
       id text not null,
       digest blob not null,
       received_at integer not null default (${SQLITE_NOW}),
       primary key (consumer, source, id)
     ) strict, without rowid`,
    createIndex(names, 'inbox_by_age', `${names.index('inbox')} (consumer, received_at)`),
    `create table ${t.attempt} (
       consumer text not null,
       source text not null,
       id text not null,
       type text not null,
       unfinished integer not null,
       failures integer not null default 0,
       last_error text,
       first_at integer not null default (${SQLITE_NOW}),
       last_at integer not null default (${SQLITE_NOW}),
       quarantined_at integer,
       primary key (consumer, source, id)
     ) strict, without rowid`,
    createIndex(
      names,
      'inbox_quarantined',
      `${names.index('inbox_attempt')} (consumer, quarantined_at) where quarantined_at is not null`,
    ),
    createIndex(
      names,
      'inbox_attempt_by_age',
      `${names.index('inbox_attempt')} (consumer, last_at) where quarantined_at is null`,
    ),
    `create table ${t.progress} (
       consumer text not null,
       instance text not null,
       reached_at integer not null,
       before_at integer not null,
       since integer not null,
       seen_at integer not null,
       primary key (consumer, instance)
     ) strict, without rowid`,
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
       applied integer not null,
       parked integer not null default 0,
       primary key (consumer, source, stream, key)
     ) strict, without rowid`,
    createIndex(names, 'inbox_sequence_parked', `${names.index('inbox_sequence')} (consumer) where parked > 0`),
    `create table ${t.parked} (
       consumer text not null,
       source text not null,
       stream text not null,
       key text not null,
       number integer not null,
       id text not null,
       type text not null,
       attributes text not null,
       body blob not null,
       digest blob not null,
       role text not null check (role in ('early', 'failed')),
       reason text,
       tries integer not null,
       replacement integer not null,
       retry_at integer,
       parked_at integer not null default (${SQLITE_NOW}),
       primary key (consumer, source, stream, key, number)
     ) strict`,
  ];
}

/** The inbox's tables on SQLite. */
export const sqliteInboxMigrations: MigrationSet = {
  name: 'inbox',
  dialect: 'sqlite',
  migrations: [tables],
};
