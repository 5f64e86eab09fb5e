import type { Envelope } from '@holdfast/core';
import { alternate, type Contender, type Round } from '../harness/alternate.ts';
import type { BenchContext, BenchRow } from '../harness/bench-row.ts';
import { type Line, ratioCheck } from '../harness/line.ts';
import { resultsLine } from '../harness/results-line.ts';
import { orderEnvelopes } from '../outbox/order-message.ts';
import { HandWrittenQueue } from './hand-written-queue.ts';
import { PostgresQueue } from './postgres-queue.ts';

const BATCHES = [1, 100, 1_000];

interface Setup {
  readonly queue: PostgresQueue;
  readonly hand: HandWrittenQueue;
}

/** Publishing with receipts, one call after the other, against one insert of as many rows. */
export const sqlPublish: BenchRow = {
  name: 'sql-publish',
  title: 'publish with receipts, one call at a time, bodies of 512 bytes, PostgreSQL',
  server: 'PostgreSQL',
  run: async (context) => {
    const queue = await PostgresQueue.create(context);
    const hand = await HandWrittenQueue.create(queue.database.pool({ max: 1 }));
    try {
      const lines: Line[] = [];
      for (const batchSize of BATCHES) lines.push(...(await compare(context, { queue, hand }, batchSize)));
      return lines;
    } finally {
      await queue.drop();
    }
  },
};

async function compare(context: BenchContext, { queue, hand }: Setup, batchSize: number): Promise<readonly Line[]> {
  const count = context.quick ? 1_000 : Math.min(20_000, 1_000 * batchSize);
  const envelopes = orderEnvelopes(count, () => undefined);
  const messages = batchSize === 1 ? '1 message' : `${batchSize.toLocaleString('en-US')} messages`;
  const raw = `${messages}: hand-written insert … select from unnest`;
  const ours = `${messages}: SqlTransport`;
  const batches = Array.from({ length: count / batchSize }, (_, number) =>
    envelopes.slice(number * batchSize, (number + 1) * batchSize),
  );
  const contenders: readonly Contender[] = [
    { name: raw, round: () => handWrittenRound({ queue, hand }, batches) },
    { name: ours, round: () => ourRound(queue, batches) },
  ];
  const results = await alternate(contenders, context);
  const checks = [ratioCheck('× hand-written', results.ratio(ours, raw))];
  return [resultsLine(results, { name: raw }), resultsLine(results, { name: ours, checks })];
}

type Batches = readonly (readonly Envelope[])[];

async function handWrittenRound({ queue, hand }: Setup, batches: Batches): Promise<Round> {
  await hand.empty();
  const meter = queue.meter();
  meter.start();
  for (const batch of batches) await hand.publish(batch);
  return { ...meter.stop(), count: batches.flat().length };
}

async function ourRound(queue: PostgresQueue, batches: Batches): Promise<Round> {
  await queue.pool.query('truncate holdfast_queue_message');
  const transport = queue.transport(1);
  // Looks at the tables, so that this is not measured.
  await transport.check();
  const meter = queue.meter();
  meter.start();
  for (const batch of batches) {
    const receipts = await transport.publish(batch);
    if (receipts.some(({ outcome }) => outcome !== 'accepted')) throw new Error('A message was not accepted.');
  }
  const reading = meter.stop();
  await transport.close();
  return { ...reading, count: batches.flat().length };
}
