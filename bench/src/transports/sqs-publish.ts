import type { Envelope } from '@holdfast/core';
import { alternate, type Round } from '../harness/alternate.ts';
import type { BenchContext, BenchRow } from '../harness/bench-row.ts';
import { type Line, ratioCheck } from '../harness/line.ts';
import { resultsLine } from '../harness/results-line.ts';
import { orderEnvelopes } from '../outbox/order-message.ts';
import { rawPublishLoop } from '../outbox/raw-publish-loop.ts';
import { EmulatedQueues } from './emulated-queues.ts';
import { readQueue } from './read-queue.ts';

const RAW = 'hand-written: SendMessageBatch of ten, ten requests in flight';
const OURS = 'SqsTransport';

/** Publishing with receipts, ten requests in flight. */
export const sqsPublish: BenchRow = {
  name: 'sqs-publish',
  title: 'publish with receipts, bodies of 512 bytes, an emulator of SQS',
  server: 'emulator',
  run: async (context) => {
    const queues = await EmulatedQueues.create(context);
    try {
      return await compare(context, queues);
    } finally {
      await queues.drop();
    }
  },
};

async function compare(context: BenchContext, queues: EmulatedQueues): Promise<readonly Line[]> {
  const envelopes = orderEnvelopes(context.quick ? 200 : 4_000, () => undefined);
  const contenders = [
    { name: RAW, round: () => rawRound(queues, envelopes) },
    { name: OURS, round: () => ourRound(queues, envelopes) },
  ];
  const results = await alternate(contenders, context);
  const checks = [
    ratioCheck('× hand-written', results.ratio(OURS, RAW), { least: 0.95 }),
    ratioCheck('× Node CPU of hand-written', results.nodeRatio(OURS, RAW)),
  ];
  return [resultsLine(results, { name: RAW }), resultsLine(results, { name: OURS, checks })];
}

async function rawRound(queues: EmulatedQueues, envelopes: readonly Envelope[]): Promise<Round> {
  const meter = queues.meter();
  meter.start();
  await queues.raw.publish(envelopes);
  const reading = meter.stop();
  await queues.raw.expect(envelopes.length);
  await queues.raw.empty();
  return { ...reading, count: envelopes.length };
}

async function ourRound(queues: EmulatedQueues, envelopes: readonly Envelope[]): Promise<Round> {
  const meter = queues.meter();
  meter.start();
  await rawPublishLoop(queues.transport, envelopes, { windowSize: 1_000, batchSize: 100 });
  const reading = meter.stop();
  await readQueue(queues.reader, { count: envelopes.length, batchSize: 500 });
  return { ...reading, count: envelopes.length };
}
