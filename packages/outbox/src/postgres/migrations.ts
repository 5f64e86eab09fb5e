import type { Migration, MigrationSet, TableNames } from '@holdfast/sql';
import { outboxTables } from './outbox-tables.ts';

const log: Migration = {
  number: 1,
  title: 'append-only log with lanes',
  up: (names) => [...logTables(names), ...laneTables(names), ...waitingTables(names)],
  down: (names) => {
    const t = outboxTables(names);
    return [
      `drop table ${t.parked}`,
      `drop table ${t.delayed}`,
      `drop table ${t.lane}`,
      `drop table ${t.destination}`,
      // Takes its sequence with it.
      `drop table ${t.log}`,
    ];
  },
};

function logTables(names: TableNames): string[] {
  const t = outboxTables(names);
  return [
    `create sequence ${t.sequence} cache 1`,
    // xid stands before position: defaults are evaluated in this order, so a transaction has its id before it draws
    // a position. The floor of the cursor relies on that.
    `create table ${t.log} (
       xid xid8 not null default pg_current_xact_id(),
       position bigint not null default nextval('${t.sequence}'),
       created_at timestamptz not null default clock_timestamp(),
       slot smallint not null,
       lane smallint not null,
       key text,
       id text not null,
       source text not null,
       type text not null,
       attributes text not null,
       body bytea not null
     ) partition by list (slot)`,
    `alter sequence ${t.sequence} owned by ${t.log}.position`,
    ...t.slots.map((slot, number) => `create table ${slot} partition of ${t.log} for values in (${number})`),
    // Envelopes are small and read once: keeping them in the row beats a second table.
    `create index ${names.index('outbox_log_by_xid')} on ${t.log} (lane, xid)`,
    `create index ${names.index('outbox_log_by_position')} on ${t.log} (lane, position)`,
  ];
}

function laneTables(names: TableNames): string[] {
  const t = outboxTables(names);
  return [
    `create table ${t.destination} (
       name text primary key,
       first_lane smallint not null,
       lanes smallint not null check (lanes between 1 and 64),
       rotation_seconds integer not null check (rotation_seconds > 0)
     )`,
    `create table ${t.lane} (
       lane smallint primary key,
       destination text not null,
       fencing_token bigint not null default 0,
       revision bigint not null default 0,
       consumed text not null default '3:3:',
       target text,
       position bigint not null default 0,
       floor bigint not null default 0,
       candidate_xid xid8,
       candidate_position bigint not null default 0,
       history text,
       retired_at timestamptz
     ) with (fillfactor = 50)`,
    `insert into ${t.destination} values ('default', 0, 1, 3600)`,
    `insert into ${t.lane} (lane, destination) values (0, 'default')`,
  ];
}

function waitingTables(names: TableNames): string[] {
  const t = outboxTables(names);
  return [
    `create table ${t.delayed} (
       number bigint generated always as identity primary key,
       due_at timestamptz not null,
       destination text not null references ${t.destination} (name),
       key text,
       id text not null,
       source text not null,
       type text not null,
       attributes text not null,
       body bytea not null
     )`,
    `create index ${names.index('outbox_delayed_by_due')} on ${t.delayed} (due_at, number)`,
    `create table ${t.parked} (
       lane smallint not null,
       position bigint not null,
       key text,
       id text not null,
       source text not null,
       type text not null,
       attributes text not null,
       body bytea not null,
       role text not null check (role in ('rejected', 'behind', 'skipped')),
       reason text not null,
       parked_at timestamptz not null default clock_timestamp(),
       requested text check (requested in ('redrive', 'discard')),
       primary key (lane, position, id)
     )`,
    `create index ${names.index('outbox_parked_by_key')} on ${t.parked} (lane, key, position)`,
    `create index ${names.index('outbox_parked_by_id')} on ${t.parked} (id)`,
    `create index ${names.index('outbox_parked_requested')} on ${t.parked} (lane, position) where requested is not null`,
  ];
}

const numbers: Migration = {
  number: 2,
  title: 'numbers per source, stream and key',
  // Every message of a key changes its row: room on the page keeps the changes out of the index.
  up: (names) => [
    `create table ${outboxTables(names).numbers} (
       source text not null,
       stream text not null,
       key text not null,
       last bigint not null,
       primary key (source, stream, key)
     ) with (fillfactor = 70)`,
  ],
  down: (names) => [`drop table ${outboxTables(names).numbers}`],
};

/** The outbox's tables on PostgreSQL. */
export const postgresOutboxMigrations: MigrationSet = {
  name: 'outbox',
  dialect: 'postgresql',
  migrations: [log, numbers],
};
