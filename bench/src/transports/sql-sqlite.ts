import type { Envelope } from '@holdfast/core';
import { alternate, type Contender, type Round } from '../harness/alternate.ts';
import type { BenchContext, BenchRow } from '../harness/bench-row.ts';
import { type Line, ratioCheck } from '../harness/line.ts';
import { Meter } from '../harness/meter.ts';
import { resultsLine } from '../harness/results-line.ts';
import { orderEnvelopes } from '../outbox/order-message.ts';
import { QUEUE } from './postgres-queue.ts';
import { readQueue } from './read-queue.ts';
import { SqliteQueue } from './sqlite-queue.ts';

const BATCH = 100;
const HAND_PUBLISH = 'publish: hand-written, 100 inserts in a transaction';
const PUBLISH = 'publish: SqlTransport, 100 messages';
const HAND_CONSUME = 'pull + ack: hand-written, select + delete in a transaction, batches of 100';
const LEASE = 'pull + ack: hand-written, update … returning of a lease, then deletes in a transaction, batches of 100';
const CONSUME = 'pull + ack: SqlTransport, pulls of 100';

/** The durable queue on SQLite. */
export const sqlSqlite: BenchRow = {
  name: 'sql-sqlite',
  title: 'publish, and pull + ack, bodies of 512 bytes, SQLite',
  run: async (context) => {
    const queue = await SqliteQueue.create();
    try {
      return await compare(context, queue);
    } finally {
      await queue.drop();
    }
  },
};

async function compare(context: BenchContext, queue: SqliteQueue): Promise<readonly Line[]> {
  const envelopes = orderEnvelopes(context.quick ? 1_000 : 30_000, () => undefined);
  const contenders: readonly Contender[] = [
    { name: HAND_PUBLISH, round: () => publishRound(queue, envelopes, publishByHand) },
    { name: HAND_CONSUME, round: () => measured(queue, envelopes, async () => queue.consumeByHand()) },
    { name: LEASE, round: () => leaseRound(queue, envelopes) },
    { name: PUBLISH, round: () => publishRound(queue, envelopes, publish) },
    { name: CONSUME, round: () => measured(queue, envelopes, () => consume(queue, envelopes.length)) },
  ];
  const results = await alternate(contenders, context);
  const publishing = [ratioCheck('× hand-written', results.ratio(PUBLISH, HAND_PUBLISH))];
  const consuming = [
    ratioCheck('× hand-written', results.ratio(CONSUME, HAND_CONSUME), { least: 0.85 }),
    ratioCheck('× hand-written with a lease', results.ratio(CONSUME, LEASE)),
  ];
  return [
    resultsLine(results, { name: HAND_PUBLISH }),
    resultsLine(results, { name: PUBLISH, checks: publishing }),
    resultsLine(results, { name: HAND_CONSUME }),
    resultsLine(results, { name: LEASE }),
    resultsLine(results, { name: CONSUME, checks: consuming }),
  ];
}

type Publish = (queue: SqliteQueue, batch: readonly Envelope[]) => Promise<void>;

async function publishByHand(queue: SqliteQueue, batch: readonly Envelope[]): Promise<void> {
  queue.publishByHand(batch);
}

async function publish({ transport }: SqliteQueue, batch: readonly Envelope[]): Promise<void> {
  const receipts = await transport.publish(batch);
  if (receipts.some(({ outcome }) => outcome !== 'accepted')) throw new Error('A message was not accepted.');
}

/** What it publishes is consumed in the round after it. */
async function publishRound(queue: SqliteQueue, envelopes: readonly Envelope[], publishing: Publish): Promise<Round> {
  queue.checkpoint();
  const meter = new Meter(null);
  meter.start();
  for (let done = 0; done < envelopes.length; done += BATCH) {
    await publishing(queue, envelopes.slice(done, done + BATCH));
  }
  return { ...meter.stop(), count: envelopes.length };
}

async function leaseRound(queue: SqliteQueue, envelopes: readonly Envelope[]): Promise<Round> {
  for (let done = 0; done < envelopes.length; done += BATCH) queue.publishByHand(envelopes.slice(done, done + BATCH));
  return measured(queue, envelopes, async () => queue.consumeByLease());
}

/** @param work takes everything and returns the bytes that came */
async function measured(
  queue: SqliteQueue,
  envelopes: readonly Envelope[],
  work: () => Promise<number>,
): Promise<Round> {
  queue.checkpoint();
  const meter = new Meter(null);
  meter.start();
  const bytes = await work();
  const reading = meter.stop();
  const sent = envelopes.reduce((sum, { body }) => sum + body.byteLength, 0);
  if (bytes !== sent) throw new Error(`${bytes} bytes came where ${sent} were sent.`);
  return { ...reading, count: envelopes.length };
}

function consume({ transport }: SqliteQueue, count: number): Promise<number> {
  return readQueue(transport.reader(QUEUE), { count, batchSize: BATCH });
}
