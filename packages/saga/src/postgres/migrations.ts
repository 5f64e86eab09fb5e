import type { Migration, MigrationSet, TableNames } from '@holdfast/sql';
import { sagaTables } from '../store/saga-tables.ts';

const tables: Migration = {
  number: 1,
  title: 'instances, history, timers and parked events',
  up: (names) => [...instanceTable(names), ...timerTable(names), ...parkedTable(names), ...room(names)],
  down: (names) => Object.values(sagaTables(names)).map((table) => `drop table ${table}`),
};

/**
 * The collation C compares bytes: it is fast, and an update of the system's locales cannot damage the indexes. No index has a column that
 * a transition changes, unless the instance begins or ends to be of some kind or over: other updates stay on their page (HOT).
 */
function instanceTable(names: TableNames): string[] {
  const { instance, history } = sagaTables(names);
  return [
    `create table ${instance} (
       saga text collate "C" not null,
       key text collate "C" not null,
       definition_version integer not null,
       state text not null,
       kind text not null,
       data text not null,
       version bigint not null,
       transitions bigint not null,
       correlation_id text not null,
       parked integer not null,
       started_at timestamptz(3) not null,
       changed_at timestamptz(3) not null,
       finished_at timestamptz(3),
       purge_at timestamptz(3),
       primary key (saga, key)
     ) with (fillfactor = 70, vacuum_truncate = off)`,
    // Each instance is in one of them: a listing of all merges the two.
    `create index ${names.index('saga_unfinished')} on ${instance} (saga, started_at, key) where finished_at is null`,
    `create index ${names.index('saga_finished')} on ${instance} (saga, started_at, key) where finished_at is not null`,
    `create index ${names.index('saga_attention')} on ${instance} (saga, started_at, key) where kind = 'attention'`,
    `create index ${names.index('saga_purge')} on ${instance} (saga, purge_at) where purge_at is not null`,
    `create table ${history} (
       saga text collate "C" not null,
       key text collate "C" not null,
       number bigint not null,
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
       at timestamptz(3) not null default clock_timestamp(),
       primary key (saga, key, number)
     )`,
  ];
}

function timerTable(names: TableNames): string[] {
  const { timer } = sagaTables(names);
  return [
    `create table ${timer} (
       saga text collate "C" not null,
       key text collate "C" not null,
       timer text collate "C" not null,
       epoch bigint not null,
       due_at timestamptz not null,
       failures integer not null default 0,
       last_error text,
       primary key (saga, key, timer)
     ) with (vacuum_truncate = off)`,
    `create index ${names.index('saga_timer_due')} on ${timer} (saga, due_at)`,
  ];
}

function parkedTable(names: TableNames): string[] {
  const { parked } = sagaTables(names);
  return [
    `create table ${parked} (
       position bigint generated always as identity primary key,
       saga text collate "C" not null,
       key text collate "C" not null,
       source text collate "C" not null,
       id text collate "C" not null,
       type text not null,
       message text not null,
       parked_at timestamptz(3) not null default clock_timestamp(),
       unique (saga, key, source, id)
     ) with (vacuum_truncate = off)`,
    `create index ${names.index('saga_parked_by_age')} on ${parked} (saga, parked_at)`,
  ];
}

/** Of 4 on a page: then no plan reads a whole table to find one row of it, however few rows there are. */
const FILLERS = 600;

/**
 * Plans of prepared statements are kept. One that was made while a table had a page would read all of the table, and go on to do so while the
 * table grows, until its statistics are taken again, which is a minute or more. So the tables are large from the start, of free space, and stay so.
 */
function room(names: TableNames): string[] {
  const { instance, timer, parked } = sagaTables(names);
  const filler = "repeat('-', 1800)";
  const rows = `from generate_series(1, ${FILLERS}) as n`;
  return [
    `insert into ${instance} select '', n::text, 0, '', '', ${filler}, 0, 0, '', 0, now(), now() ${rows}`,
    `insert into ${timer} select '', n::text, '', 0, now(), 0, ${filler} ${rows}`,
    `insert into ${parked} (saga, key, source, id, type, message) select '', n::text, '', '', '', ${filler} ${rows}`,
    ...[instance, timer, parked].map((table) => `delete from ${table} where saga = ''`),
  ];
}

/** The saga's tables on PostgreSQL. */
export const postgresSagaMigrations: MigrationSet = {
  name: 'saga',
  dialect: 'postgresql',
  migrations: [tables],
};
