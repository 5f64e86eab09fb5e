import { type Delivery, defineEvent, EventRegistry, isHoldfastError, TransientError } from '@holdfast/core';
import { SeededRandom } from '@holdfast/core/testing';
import { Inbox, type InboxEvent, PostgresInboxStore, postgresInboxMigrations } from '@holdfast/inbox-dedup';
import { Outbox, PostgresOutboxStore, postgresOutboxMigrations, Relay } from '@holdfast/outbox';
import { Migrator, postgresLeaseMigrations } from '@holdfast/sql';
import { type PgTransaction, PgTransactionRunner, PgTransactTransactions } from '@holdfast/sql/pg';
import { type PostgresTestDatabase, postgresTestDatabase } from '@holdfast/sql/testing';
import { MemoryBroker } from '@holdfast/transports/memory';
import { FaultyReader } from '@holdfast/transports/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

const data = z.object({ orderId: z.string(), step: z.int() });
const placed = defineEvent('order.placed', { versions: { 1: data }, key: (order) => order.orderId });
const changed = defineEvent('order.changed', { versions: { 1: data }, key: (order) => order.orderId });
const KEYS = ['o-1', 'o-2', 'o-3', 'o-4'];
const STEPS = 25;
const sets = [postgresLeaseMigrations, postgresOutboxMigrations, postgresInboxMigrations];

describe.each([15, 18] as const)('from an outbox to an inbox on PostgreSQL %i', (version) => {
  let database: PostgresTestDatabase;

  beforeAll(async () => {
    database = await postgresTestDatabase(version, { poolSize: 20 });
    await new Migrator({ database: database.database, names: database.names, sets }).up();
    await database.pool.query('create table effect (position bigserial, seed int, key text, step int)');
  });

  afterAll(() => database.drop());

  test.each([1, 2, 3, 4])(
    'F5.7: over a transport that reorders, doubles and loses leases, works of each key run in the order of the commits (seed %i)',
    async (seed) => {
      const random = new SeededRandom(seed);
      const { pool, database: db, names } = database;
      const runner = new PgTransactionRunner(pool);
      const store = new PostgresOutboxStore({ database: db, names, deferToCommit: seed % 2 === 0 });
      const sequences = { 'order.placed': `order ${seed}`, 'order.changed': `order ${seed}` };
      const outbox = new Outbox({ store, transactions: new PgTransactTransactions(), source: '/orders', sequences });
      const broker = new MemoryBroker();
      await broker.declare({ queue: 'payment', types: ['order.placed', 'order.changed'] });

      await Promise.all(KEYS.map((key) => sendAll(key, { runner, outbox, random })));
      const relay = new Relay({ store, publisher: broker });
      await relay.runOnce();
      await relay.stop();

      const events: InboxEvent[] = [];
      const inbox = new Inbox({
        consumer: 'payment',
        store: new PostgresInboxStore({ names }),
        transactions: runner,
        events: new EventRegistry([placed, changed]),
        gates: { [`order ${seed}`]: { mode: 'in-order' } },
        onEvent: (event) => events.push(event),
      });
      const reader = new FaultyReader(broker.reader('payment'), {
        random,
        faults: [
          { fault: 'reorder', ms: 20, probability: 0.3 },
          { fault: 'duplicate', later: true, probability: 0.2 },
          { fault: 'lose-lease', probability: 0.05, times: 5 },
        ],
      });
      const effects = async () =>
        (await pool.query('select key, step from effect where seed = $1 order by position', [seed])).rows;
      const stop = new AbortController();
      const consumers = Array.from({ length: 4 }, () => consume(reader, { inbox, random, seed, signal: stop.signal }));
      await expect
        .poll(
          async () => {
            await inbox.releaseReady();
            return (await effects()).length;
          },
          { timeout: 25_000, interval: 20 },
        )
        .toBe(KEYS.length * STEPS);
      stop.abort();
      await Promise.all(consumers);
      const all = await effects();
      for (const key of KEYS) {
        expect(all.filter((effect) => effect.key === key).map(({ step }) => step)).toEqual(
          Array.from({ length: STEPS }, (_, step) => step),
        );
      }
      expect(await inbox.blocked()).toEqual([]);
      expect(reader.hits('reorder')).toBeGreaterThan(0);
      expect(events.some(({ type }) => type === 'released')).toBe(true);
      expect(events.filter(({ type }) => type === 'stale' || type === 'key-blocked')).toEqual([]);
    },
  );
});

/** Steps of an order in transactions of their own, with some that are rolled back between them. */
async function sendAll(
  orderId: string,
  { runner, outbox, random }: { runner: PgTransactionRunner; outbox: Outbox<PgTransaction>; random: SeededRandom },
): Promise<void> {
  for (let step = 0; step < STEPS; ) {
    const fails = random.next() < 0.2;
    const sending = runner.transaction(async (tx) => {
      await outbox.send(tx, step === 0 ? placed({ orderId, step }) : changed({ orderId, step }));
      if (fails) throw new Error('changed my mind');
    });
    if (fails) await expect(sending).rejects.toThrow('changed my mind');
    else await sending.then(() => (step += 1));
  }
}

interface Consuming {
  readonly inbox: Inbox<PgTransaction>;
  readonly random: SeededRandom;
  readonly seed: number;
  readonly signal: AbortSignal;
}

async function consume(reader: FaultyReader, consuming: Consuming): Promise<void> {
  while (!consuming.signal.aborted) {
    const deliveries = await reader.pull(8, { waitMs: 50, signal: consuming.signal });
    await Promise.all(deliveries.map((delivery) => settle(delivery, consuming)));
  }
}

async function settle(delivery: Delivery, { inbox, random, seed }: Consuming): Promise<void> {
  const work = async (
    message: { readonly key: string | null; readonly data: unknown },
    { tx }: { tx: PgTransaction },
  ) => {
    const { step } = data.parse(message.data);
    await tx.query('insert into effect (seed, key, step) values ($1, $2, $3)', [seed, message.key, step]);
    if (random.next() < 0.1) throw new TransientError('not now');
  };
  try {
    await inbox.handle(delivery.envelope, work, { attempt: delivery.deliveryCount });
    await delivery.ack();
  } catch (error) {
    if (isHoldfastError(error, 'ERR_CORE_LEASE_LOST')) return;
    await delivery.retry(0).catch(() => {});
  }
}
