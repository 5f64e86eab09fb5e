import type { Envelope } from '@holdfast/core';
import { alternate, type Contender, type Round } from '../harness/alternate.ts';
import type { BenchContext, BenchRow } from '../harness/bench-row.ts';
import { type Line, ratioCheck } from '../harness/line.ts';
import { resultsLine } from '../harness/results-line.ts';
import { orderEnvelopes } from '../outbox/order-message.ts';
import { rawPublishLoop } from '../outbox/raw-publish-loop.ts';
import { EmulatedQueues } from './emulated-queues.ts';
import { readQueue } from './read-queue.ts';

const RAW = 'hand-written: receive and DeleteMessageBatch of ten, ten loops';
const OURS = 'SqsTransport, pulls of 100';

/** Receiving and deleting, ten requests of each kind in flight. */
export const sqsConsume: BenchRow = {
  name: 'sqs-consume',
  title: 'pull + ack, bodies of 512 bytes, an emulator of SQS',
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
  const contenders: readonly Contender[] = [
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
  await queues.raw.publish(envelopes);
  const meter = queues.meter();
  meter.start();
  const bytes = await queues.raw.consume(envelopes.length);
  const reading = meter.stop();
  await queues.raw.expect(0);
  return complete({ ...reading, count: envelopes.length, bytes }, envelopes);
}

async function ourRound(queues: EmulatedQueues, envelopes: readonly Envelope[]): Promise<Round> {
  await rawPublishLoop(queues.transport, envelopes, { windowSize: 1_000, batchSize: 100 });
  const { reader } = queues;
  const meter = queues.meter();
  meter.start();
  const bytes = await readQueue(reader, { count: envelopes.length, batchSize: 100 });
  const reading = meter.stop();
  return complete({ ...reading, count: envelopes.length, bytes }, envelopes);
}

function complete(round: Round & { readonly bytes: number }, envelopes: readonly Envelope[]): Round {
  const sent = envelopes.reduce((sum, { body }) => sum + body.byteLength, 0);
  if (round.bytes !== sent) throw new Error(`${round.bytes} bytes came where ${sent} were sent.`);
  return round;
}
