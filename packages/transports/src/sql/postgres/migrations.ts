import type { Migration, MigrationSet, TableNames } from '@holdfast/sql';
import { ackFunction } from './ack-function.ts';
import { deadLetterFunction } from './dead-letter-function.ts';
import { moveFunction } from './move-function.ts';
import { publishFunction } from './publish-function.ts';
import { pullFunction } from './pull-function.ts';
import { queueObjects } from './queue-objects.ts';

const queues: Migration = {
  number: 1,
  title: 'queues: a log with claims',
  up: (names) => {
    const o = queueObjects(names);
    return [
      ...topologyTables(names),
      ...messageTable(names),
      ...claimTable(names),
      publishFunction(o),
      pullFunction(o),
      ackFunction(o),
      moveFunction(o),
      deadLetterFunction(o),
    ];
  },
  down: (names) => {
    const o = queueObjects(names);
    const functions = [o.publishFunction, o.pullFunction, o.ackFunction, o.moveFunction, o.deadLetterFunction];
    return [
      ...functions.map((name) => `drop function ${name}`),
      ...[o.claim, o.message, o.binding, o.queue].map((name) => `drop table ${name}`),
    ];
  },
};

function topologyTables(names: TableNames): string[] {
  const { queue, binding } = queueObjects(names);
  return [
    // A dead-letter queue has no types.
    `create table ${queue} (
       id integer generated always as identity primary key,
       name text not null unique,
       types text,
       lease_ms bigint not null check (lease_ms > 0),
       ordered boolean not null,
       dead_letter_id integer references ${queue} (id)
     )`,
    `create table ${binding} (
       type text not null,
       queue_id integer not null references ${queue} (id),
       primary key (type, queue_id)
     )`,
  ];
}

function messageTable(names: TableNames): string[] {
  const { message } = queueObjects(names);
  return [
    // Rows are inserted and deleted, never updated. "lane" is a hash of queue and key in a queue with order, "origin" the queue
    // that a dead letter came from. Positions are drawn one by one: a session that kept some would invert them.
    `create table ${message} (
       position bigint generated always as identity (cache 1),
       stored_at timestamptz not null default clock_timestamp(),
       lane bigint,
       queue_id integer not null,
       origin integer,
       key text,
       id text not null,
       source text not null,
       type text not null,
       attributes text not null,
       body bytea not null,
       primary key (queue_id, position)
     )`,
    // Without the queue, so that no other index answers "the next of this lane".
    `create index ${names.index('queue_message_by_lane')} on ${message} (lane, position) where lane is not null`,
    `create index ${names.index('queue_message_by_origin')} on ${message} (origin, position) where origin is not null`,
  ];
}

function claimTable(names: TableNames): string[] {
  const { claim } = queueObjects(names);
  return [
    // One row for a batch. "upto" is the last position that its pull looked at; the highest of a queue is the cursor. "whole"
    // says that the queue has nothing between the first and the last position that is not in it.
    `create table ${claim} (
       claim bigint primary key,
       due_at timestamptz not null,
       upto bigint,
       queue_id integer not null,
       open integer not null,
       leased boolean not null,
       whole boolean not null default false,
       positions bigint[] not null,
       deliveries integer[] not null
     ) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)`,
    `create index ${names.index('queue_claim_by_due')} on ${claim} (queue_id, due_at)`,
    `create index ${names.index('queue_claim_by_upto')} on ${claim} (queue_id, upto) where upto is not null`,
  ];
}

/** The tables and functions of a {@link SqlTransport} on PostgreSQL. */
export const postgresQueueMigrations: MigrationSet = {
  name: 'queues',
  dialect: 'postgresql',
  migrations: [queues],
};
