import type { Migration, MigrationSet, TableNames } from '@holdfast/sql';
import { NOW, outboxTables } from './outbox-tables.ts';

const log: Migration = {
  number: 1,
  title: 'append-only log with lanes',
  up: (names) => [...logTable(names), ...laneTables(names), ...waitingTables(names)],
  down: (names) => {
    const t = outboxTables(names);
    return [t.parked, t.delayed, t.lane, t.destination, t.log].map((table) => `drop table ${table}`);
  },
};

/** In SQLite the index is what a schema stands before; the table's name must not have one. */
function createIndex(names: TableNames, index: string, on: string): string {
  return `create index ${names.table(index)} on ${on}`;
}

const envelopeColumns = `
       key text,
       id text not null,
       source text not null,
       type text not null,
       attributes text not null,
       body blob not null`;

function logTable(names: TableNames): string[] {
  const t = outboxTables(names);
  return [
    // autoincrement: a position is never given again, even after the newest entries were deleted.
    `create table ${t.log} (
       position integer primary key autoincrement,
       created_at integer not null default (${NOW}),
       lane integer not null,${envelopeColumns}
     ) strict`,
    // An index ends with the row id, so this one is on (lane, position).
    createIndex(names, 'outbox_log_by_lane', `${names.index('outbox_log')} (lane)`),
  ];
}

function laneTables(names: TableNames): string[] {
  const t = outboxTables(names);
  return [
    `create table ${t.destination} (
       name text primary key,
       first_lane integer not null,
       lanes integer not null check (lanes between 1 and 64),
       rotation_seconds integer not null check (rotation_seconds > 0)
     ) strict, without rowid`,
    `create table ${t.lane} (
       lane integer primary key,
       destination text not null,
       fencing_token integer not null default 0,
       revision integer not null default 0,
       position integer not null default 0,
       retired_at integer
     ) strict`,
    `insert into ${t.destination} values ('default', 0, 1, 3600)`,
    `insert into ${t.lane} (lane, destination) values (0, 'default')`,
  ];
}

function waitingTables(names: TableNames): string[] {
  const t = outboxTables(names);
  return [
    `create table ${t.delayed} (
       number integer primary key autoincrement,
       due_at integer not null,
       destination text not null,${envelopeColumns}
     ) strict`,
    createIndex(names, 'outbox_delayed_by_due', `${names.index('outbox_delayed')} (due_at, number)`),
    // The id is part of the key so that nothing is taken for parked already when positions were reset by hand.
    `create table ${t.parked} (
       lane integer not null,
       position integer not null,${envelopeColumns},
       role text not null check (role in ('rejected', 'behind', 'skipped')),
       reason text not null,
       parked_at integer not null default (${NOW}),
       requested text check (requested in ('redrive', 'discard')),
       primary key (lane, position, id)
     ) strict`,
    createIndex(names, 'outbox_parked_by_key', `${names.index('outbox_parked')} (key, position)`),
    createIndex(names, 'outbox_parked_by_id', `${names.index('outbox_parked')} (id)`),
    createIndex(
      names,
      'outbox_parked_requested',
      `${names.index('outbox_parked')} (lane, position) where requested is not null`,
    ),
  ];
}

const numbers: Migration = {
  number: 2,
  title: 'numbers per source, stream and key',
  up: (names) => [
    `create table ${outboxTables(names).numbers} (
       source text not null,
       stream text not null,
       key text not null,
       last integer not null,
       primary key (source, stream, key)
     ) strict, without rowid`,
  ],
  down: (names) => [`drop table ${outboxTables(names).numbers}`],
};

/** The outbox's tables on SQLite. */
export const sqliteOutboxMigrations: MigrationSet = {
  name: 'outbox',
  dialect: 'sqlite',
  migrations: [log, numbers],
};
