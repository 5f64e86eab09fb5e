import { setTimeout as sleep } from 'node:timers/promises';
import type { Envelope, Publisher, Receipt } from '@holdfast/core';
import { Outbox, PostgresNotifier, PostgresOutboxStore } from '@holdfast/outbox';
import { PgDatabase, PgTransactions, PgTransactTransactions, transact } from '@holdfast/sql/pg';
import type pg from 'pg';
import { handWritten, order } from './business-transaction.ts';
import { orderMessage } from './order-message.ts';
import type { PostgresOutbox } from './postgres-outbox.ts';
import { WorkerProcess } from './worker-process.ts';

/** Sends messages, and knows when they were published. */
export interface LatencySender {
  /** Resolves to the message's id once its transaction is committed. */
  send(number: number): Promise<string>;
  /** By id, in milliseconds of the machine's monotonic clock, once `count` have come. */
  receivedAt(count: number): Promise<ReadonlyMap<string, number>>;
  stop(): Promise<void>;
}

/** One way in which a message gets from a commit to a publisher. */
export interface LatencySetting {
  readonly name: string;
  start(): Promise<LatencySender>;
}

type Send = (number: number) => Promise<string>;

export function latencySettings(outbox: PostgresOutbox, raw: string): readonly LatencySetting[] {
  const pipelined = outbox.database.pool({ max: 4, pipeline: true });
  const plain = outbox.database.pool({ max: 4 });
  const elsewhere = new PostgresOutboxStore({ database: new PgDatabase(outbox.pool) });
  const notifier = new PostgresNotifier({ database: new PgDatabase(outbox.pool) });
  return [
    { name: raw, start: () => inAnotherProcess(outbox, 'raw-notify', sendRaw(pipelined)) },
    {
      name: 'Relay in the same process, transact()',
      start: () => inThisProcess(outbox, sendByTransact(pipelined, outbox.store)),
    },
    {
      name: 'Relay in the same process, pg client',
      start: () => inThisProcess(outbox, sendByClient(plain, outbox.store)),
    },
    {
      name: 'Relay in another process, with NOTIFY',
      start: () => inAnotherProcess(outbox, 'relay-listening', sendByTransact(pipelined, elsewhere, notifier)),
    },
    {
      name: 'Relay in another process, polling only',
      start: () => inAnotherProcess(outbox, 'relay-recording', sendByTransact(pipelined, elsewhere)),
    },
  ];
}

function sendByTransact(pool: pg.Pool, store: PostgresOutboxStore, notifier?: PostgresNotifier): Send {
  const outbox = new Outbox({
    store,
    source: '/orders',
    transactions: new PgTransactTransactions(),
    ...(notifier !== undefined && { notifier }),
  });
  return (number) =>
    transact(pool, async (tx) => {
      await tx.execute(order(number));
      const [id = ''] = await outbox.send(tx, orderMessage(number));
      return id;
    });
}

function sendByClient(pool: pg.Pool, store: PostgresOutboxStore): Send {
  const outbox = new Outbox({ store, source: '/orders', transactions: new PgTransactions() });
  return (number) =>
    withClient(pool, async (client) => {
      await client.query('begin');
      await client.query(order(number));
      const [id = ''] = await outbox.send(client, orderMessage(number));
      await client.query('commit');
      return id;
    });
}

function sendRaw(pool: pg.Pool): Send {
  return (number) =>
    withClient(pool, async (client) => {
      await Promise.all([client.query('begin'), client.query(order(number))]);
      const { text, values } = handWritten(number);
      const notify = `with inserted as (${text} returning position) select pg_notify('bench', position::text) from inserted`;
      await Promise.all([client.query({ name: 'notify', text: notify, values }), client.query('commit')]);
      return String(values[0]);
    });
}

async function withClient<Result>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
  const client = await pool.connect();
  try {
    return await work(client);
  } finally {
    client.release();
  }
}

async function inThisProcess(outbox: PostgresOutbox, send: Send): Promise<LatencySender> {
  await outbox.skipAll();
  const publisher = new NotingPublisher();
  const relay = outbox.relay(publisher);
  relay.start();
  await sleep(200);
  return {
    send,
    receivedAt: (count) => waitFor(count, async () => publisher.receivedAt),
    stop: async () => {
      await relay.stop();
    },
  };
}

async function inAnotherProcess(
  outbox: PostgresOutbox,
  kind: 'relay-recording' | 'relay-listening' | 'raw-notify',
  send: Send,
): Promise<LatencySender> {
  await outbox.skipAll();
  await outbox.pool.query('truncate hand_written');
  const worker = await WorkerProcess.start({ kind, url: outbox.database.url });
  await sleep(200);
  const received = new Map<string, number>();
  return {
    send,
    receivedAt: (count) =>
      waitFor(count, async () => {
        for (const [id, at] of (await worker.report()).receivedAt) received.set(id, at);
        return received;
      }),
    stop: () => worker.stop(),
  };
}

async function waitFor(
  count: number,
  look: () => Promise<ReadonlyMap<string, number>>,
): Promise<ReadonlyMap<string, number>> {
  const until = performance.now() + 10_000;
  let received = await look();
  while (received.size < count) {
    if (performance.now() > until) throw new Error(`${received.size} of ${count} messages have arrived.`);
    await sleep(10);
    received = await look();
  }
  return received;
}

const ACCEPTED: Receipt = Object.freeze({ outcome: 'accepted' });

class NotingPublisher implements Publisher {
  readonly receivedAt = new Map<string, number>();

  publish(batch: readonly Envelope[]): Promise<readonly Receipt[]> {
    const now = Number(process.hrtime.bigint()) / 1e6;
    for (const { id } of batch) this.receivedAt.set(id, now);
    return Promise.resolve(batch.map(() => ACCEPTED));
  }
}
