import type { OutgoingMessage } from '@holdfast/core';
import {
  Outbox,
  PostgresOutboxStore,
  postgresOutboxMigrations,
  Relay,
  type RelayEvent,
  type RelayOptions,
} from '@holdfast/outbox';
import { Migrator, type PostgresDatabase, postgresLeaseMigrations } from '@holdfast/sql';
import { PgTransactions } from '@holdfast/sql/pg';
import {
  type PostgresTestDatabaseOptions,
  type PostgresTestVersion,
  postgresTestDatabase,
} from '@holdfast/sql/testing';
import type pg from 'pg';
import { onTestFinished } from 'vitest';
import { RecordingPublisher } from './recording-publisher.ts';

export const sets = [postgresLeaseMigrations, postgresOutboxMigrations];

/** A migrated outbox in a database of its own. Everything is stopped and dropped when the test has finished. */
export async function postgresOutbox(version: PostgresTestVersion, options: PostgresTestDatabaseOptions = {}) {
  const db = await postgresTestDatabase(version, options);
  onTestFinished(() => db.drop());
  await new Migrator({ database: db.database, names: db.names, sets }).up();
  return onDatabase(db.database, db);
}

export type PostgresOutbox = Awaited<ReturnType<typeof postgresOutbox>>;

function onDatabase(database: PostgresDatabase, db: Awaited<ReturnType<typeof postgresTestDatabase>>) {
  const { names, pool } = db;
  const store = new PostgresOutboxStore({ database, names });
  const outbox = new Outbox({ store, transactions: new PgTransactions(), source: '/test' });
  const publisher = new RecordingPublisher();
  const events: RelayEvent[] = [];
  const send = (...messages: readonly Partial<OutgoingMessage>[]) =>
    inTransaction(pool, (client) => outbox.send(client, messages.map(complete)));
  /** A relay that is stopped when the test has finished. */
  const relayOf = (settings: Partial<RelayOptions> = {}): Relay => {
    const relay = new Relay({ store, publisher, onEvent: (one) => events.push(one), ...settings });
    onTestFinished(async () => {
      await relay.stop({ deadlineMs: 2_000 });
    });
    return relay;
  };
  return { ...db, store, outbox, publisher, events, send, relayOf };
}

export function complete(message: Partial<OutgoingMessage>): OutgoingMessage {
  return { type: 'order.placed', data: {}, ...message };
}

/** BEGIN, work, COMMIT on one client; ROLLBACK when it rejects. */
export async function inTransaction<Result>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}

export interface LaneRow {
  readonly lane: number;
  readonly fencing_token: string;
  readonly consumed: string;
  readonly target: string | null;
  readonly position: string;
  readonly floor: string;
  readonly history: string | null;
}

export async function laneRow(pool: pg.Pool, lane = 0): Promise<LaneRow> {
  const { rows } = await pool.query<LaneRow>('select * from holdfast_outbox_lane where lane = $1', [lane]);
  return rows[0]!;
}

/** Ids in the log, in order of position. */
export async function logIds(pool: pg.Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ id: string }>('select id from holdfast_outbox_log order by position');
  return rows.map((row) => row.id);
}
