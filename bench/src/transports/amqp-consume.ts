import type { Envelope } from '@holdfast/core';
import { alternate, type Contender, type Round } from '../harness/alternate.ts';
import type { BenchContext, BenchRow } from '../harness/bench-row.ts';
import { type Line, ratioCheck } from '../harness/line.ts';
import { resultsLine } from '../harness/results-line.ts';
import { AmqpQueue } from './amqp-queue.ts';
import { RawConfirmChannel } from './raw-confirm-channel.ts';
import { RawConsumer } from './raw-consumer.ts';
import { readQueue } from './read-queue.ts';
import { sizedEnvelopes } from './sized-envelopes.ts';

const RAW = 'raw amqplib consumer, prefetch 1,000, ack of 100 at once';
const RAW_EACH = 'raw amqplib consumer, prefetch 100, ack of each';
const BATCHES = [100, 500];

/** From a full queue to a handler that does nothing, with acks. */
export const amqpConsume: BenchRow = {
  name: 'amqp-consume',
  title: 'pull + ack, quorum queue, bodies of 512 bytes, RabbitMQ',
  server: 'RabbitMQ',
  run: async (context) => {
    const queue = await AmqpQueue.create(context);
    try {
      return await compare(context, queue);
    } finally {
      await queue.drop();
    }
  },
};

async function compare(context: BenchContext, queue: AmqpQueue): Promise<readonly Line[]> {
  const filling = { queue, envelopes: sizedEnvelopes({ count: context.quick ? 1_000 : 60_000, bytes: 512 }) };
  const contenders: readonly Contender[] = [
    { name: RAW, round: () => rawRound(filling, { prefetch: 1_000, ackEvery: 100 }) },
    { name: RAW_EACH, round: () => rawRound(filling, { prefetch: 100, ackEvery: 1 }) },
    ...BATCHES.map((batchSize): Contender => ({ name: nameOf(batchSize), round: () => ourRound(filling, batchSize) })),
  ];
  const results = await alternate(contenders, context);
  const checksOf = (name: string) => [
    ratioCheck('× raw, 100 at once', results.ratio(name, RAW), { least: 0.9 }),
    ratioCheck('× raw, each', results.ratio(name, RAW_EACH)),
    ratioCheck('× Node CPU of raw, 100 at once', results.nodeRatio(name, RAW)),
  ];
  return [
    resultsLine(results, { name: RAW }),
    resultsLine(results, { name: RAW_EACH, checks: [ratioCheck('× raw, 100 at once', results.ratio(RAW_EACH, RAW))] }),
    ...BATCHES.map(nameOf).map((name) => resultsLine(results, { name, checks: checksOf(name) })),
  ];
}

function nameOf(batchSize: number): string {
  return `AmqpTransport, pulls of ${batchSize}`;
}

interface Filling {
  readonly queue: AmqpQueue;
  readonly envelopes: readonly Envelope[];
}

/** Also removes what came back: a quorum queue may not know the last acks of a channel that is closed right after them. */
async function fill({ queue, envelopes }: Filling): Promise<void> {
  await queue.empty();
  const channel = await RawConfirmChannel.open(queue.connection, 'CloudEvents');
  await channel.publishAll(envelopes);
  await channel.close();
}

async function rawRound(filling: Filling, way: { prefetch: number; ackEvery: number }): Promise<Round> {
  await fill(filling);
  const { queue, envelopes } = filling;
  const consumer = await RawConsumer.open(queue.connection, { queue: queue.name, ...way });
  let bytes = 0;
  const meter = queue.meter();
  meter.start();
  await consumer.consume(envelopes.length, (more) => {
    bytes += more;
  });
  const reading = meter.stop();
  await consumer.close();
  return complete(filling, { ...reading, count: envelopes.length, bytes });
}

async function ourRound(filling: Filling, batchSize: number): Promise<Round> {
  const { queue, envelopes } = filling;
  const transport = await queue.transport();
  await fill(filling);
  // Connects, so that this is not measured, and takes nothing.
  await transport.reader(`${queue.name}.dead-letter`).pull(1, { waitMs: 0 });
  const reader = transport.reader(queue.name);
  const meter = queue.meter();
  meter.start();
  const bytes = await readQueue(reader, { count: envelopes.length, batchSize });
  const reading = meter.stop();
  await transport.close();
  return complete(filling, { ...reading, count: envelopes.length, bytes });
}

function complete({ envelopes }: Filling, round: Round & { readonly bytes: number }): Round {
  const sent = envelopes.reduce((sum, { body }) => sum + body.byteLength, 0);
  if (round.bytes !== sent) throw new Error(`${round.bytes} bytes came where ${sent} were sent.`);
  return round;
}
