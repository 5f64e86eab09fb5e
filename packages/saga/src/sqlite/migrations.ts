import { type Migration, type MigrationSet, SQLITE_NOW, type TableNames } from '@holdfast/sql';
import { sagaTables } from '../store/saga-tables.ts';

const tables: Migration = {
  number: 1,
  title: 'instances, history, timers and parked events',
  up: (names) => [...instanceTable(names), ...timerTable(names), ...parkedTable(names), removal(names)],
  down: (names) => Object.values(sagaTables(names)).map((table) => `drop table ${table}`),
};

/** In SQLite the index is what a schema stands before; the table's name must not have one. */
function createIndex(names: TableNames, index: string, on: string): string {
  return `create index ${names.table(index)} on ${on}`;
}

function instanceTable(names: TableNames): string[] {
  const { instance, history } = sagaTables(names);
  const table = names.index('saga');
  return [
    `create table ${instance} (
       saga text not null,
       key text not null,
       definition_version integer not null,
       state text not null,
       kind text not null,
       data text not null,
       version integer not null,
       transitions integer not null,
       correlation_id text not null,
       parked integer not null,
       started_at integer not null,
       changed_at integer not null,
       finished_at integer,
       purge_at integer,
       primary key (saga, key)
     ) strict`,
    // Each instance is in one of them: a listing of all merges the two.
    createIndex(names, 'saga_unfinished', `${table} (saga, started_at, key) where finished_at is null`),
    createIndex(names, 'saga_finished', `${table} (saga, started_at, key) where finished_at is not null`),
    createIndex(names, 'saga_attention', `${table} (saga, started_at, key) where kind = 'attention'`),
    createIndex(names, 'saga_purge', `${table} (saga, purge_at) where purge_at is not null`),
    `create table ${history} (
       saga text not null,
       key text not null,
       number integer not null,
       cause text not null,
       name text not null,
       message_source text,
       message_id text,
       from_state text,
       to_state text not null,
       label text,
       changes text not null,
       sent text not null,
       actor text,
       reason text,
       at integer not null default (${SQLITE_NOW}),
       primary key (saga, key, number)
     ) strict, without rowid`,
  ];
}

function timerTable(names: TableNames): string[] {
  const { timer } = sagaTables(names);
  return [
    `create table ${timer} (
       saga text not null,
       key text not null,
       timer text not null,
       epoch integer not null,
       due_at integer not null,
       failures integer not null default 0,
       last_error text,
       primary key (saga, key, timer)
     ) strict, without rowid`,
    createIndex(names, 'saga_timer_due', `${names.index('saga_timer')} (saga, due_at)`),
  ];
}

function parkedTable(names: TableNames): string[] {
  const { parked } = sagaTables(names);
  return [
    `create table ${parked} (
       position integer primary key autoincrement,
       saga text not null,
       key text not null,
       source text not null,
       id text not null,
       type text not null,
       message text not null,
       parked_at integer not null default (${SQLITE_NOW}),
       unique (saga, key, source, id)
     ) strict`,
    createIndex(names, 'saga_parked_by_age', `${names.index('saga_parked')} (saga, parked_at)`),
  ];
}

/** SQLite removes from one table by one statement: what belongs to an instance goes with it. */
function removal(names: TableNames): string {
  const removals = ['saga_history', 'saga_timer', 'saga_parked'].map(
    (table) => `delete from ${names.index(table)} where saga = old.saga and key = old.key;`,
  );
  return `create trigger ${names.table('saga_removal')} after delete on ${names.index('saga')} begin ${removals.join(' ')} end`;
}

/** The saga's tables on SQLite. */
export const sqliteSagaMigrations: MigrationSet = {
  name: 'saga',
  dialect: 'sqlite',
  migrations: [tables],
};
