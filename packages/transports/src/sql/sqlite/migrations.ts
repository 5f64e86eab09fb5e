import type { Migration, MigrationSet, TableNames } from '@holdfast/sql';
import { NOW, queueTables } from './queue-tables.ts';

const queues: Migration = {
  number: 1,
  title: 'queues: a log with claims',
  up: (names) => [...topologyTables(names), ...messageTable(names), ...claimTable(names)],
  down: (names) => {
    const t = queueTables(names);
    return [t.claim, t.message, t.binding, t.queue].map((table) => `drop table ${table}`);
  },
};

/** In SQLite the index is what a schema stands before; the table's name must not have one. */
function createIndex(names: TableNames, index: string, on: string): string {
  return `create index ${names.table(index)} on ${on}`;
}

function topologyTables(names: TableNames): string[] {
  const { queue, binding } = queueTables(names);
  return [
    // A dead-letter queue has no types.
    `create table ${queue} (
       id integer primary key autoincrement,
       name text not null unique,
       types text,
       lease_ms integer not null check (lease_ms > 0),
       ordered integer not null,
       dead_letter_id integer
     ) strict`,
    `create table ${binding} (
       type text not null,
       queue_id integer not null,
       primary key (type, queue_id)
     ) strict, without rowid`,
  ];
}

function messageTable(names: TableNames): string[] {
  const { message } = queueTables(names);
  const table = names.index('queue_message');
  return [
    // autoincrement: a position is never given again. "lane" is the key in a queue with order, "origin" the queue that a
    // dead letter came from.
    `create table ${message} (
       position integer primary key autoincrement,
       stored_at integer not null default (${NOW}),
       queue_id integer not null,
       lane text,
       origin integer,
       key text,
       id text not null,
       source text not null,
       type text not null,
       attributes text not null,
       body blob not null
     ) strict`,
    // An index ends with the row id, so these end with the position.
    createIndex(names, 'queue_message_by_queue', `${table} (queue_id)`),
    createIndex(names, 'queue_message_by_lane', `${table} (queue_id, lane) where lane is not null`),
    createIndex(names, 'queue_message_by_origin', `${table} (origin) where origin is not null`),
  ];
}

function claimTable(names: TableNames): string[] {
  const { claim } = queueTables(names);
  const table = names.index('queue_claim');
  return [
    // One row for a batch. "upto" is the last position that its pull looked at; the highest of a queue is the cursor.
    `create table ${claim} (
       claim integer primary key,
       queue_id integer not null,
       due_at integer not null,
       upto integer,
       open integer not null,
       leased integer not null,
       positions text not null,
       deliveries text not null
     ) strict`,
    createIndex(names, 'queue_claim_by_due', `${table} (queue_id, due_at)`),
    createIndex(names, 'queue_claim_by_upto', `${table} (queue_id, upto) where upto is not null`),
  ];
}

/** The tables of a {@link SqlTransport} on SQLite. */
export const sqliteQueueMigrations: MigrationSet = {
  name: 'queues',
  dialect: 'sqlite',
  migrations: [queues],
};
