import type { Envelope } from '@holdfast/core';
import { alternate, type Contender, type Round } from '../harness/alternate.ts';
import type { BenchContext, BenchRow } from '../harness/bench-row.ts';
import { type Check, type Line, ratioCheck } from '../harness/line.ts';
import { resultsLine } from '../harness/results-line.ts';
import { rawPublishLoop } from '../outbox/raw-publish-loop.ts';
import { AmqpQueue, type AmqpQueueType } from './amqp-queue.ts';
import { RawConfirmChannel, type RawContent } from './raw-confirm-channel.ts';
import { sizedEnvelopes } from './sized-envelopes.ts';

interface Setting {
  readonly queueType: AmqpQueueType;
  readonly bytes: number;
}

const settings: readonly Setting[] = [
  { queueType: 'quorum', bytes: 256 },
  { queueType: 'quorum', bytes: 1_024 },
  { queueType: 'classic', bytes: 256 },
  { queueType: 'classic', bytes: 1_024 },
];

/** Publishing with receipts, at most 1,000 without one, against a hand-written confirm loop. */
export const amqpPublish: BenchRow = {
  name: 'amqp-publish',
  title: 'publish with receipts, window 1,000, RabbitMQ',
  server: 'RabbitMQ',
  run: async (context) => {
    const lines: Line[] = [];
    for (const setting of settings) lines.push(...(await compare(context, setting)));
    return lines;
  },
};

async function compare(context: BenchContext, { queueType, bytes }: Setting): Promise<readonly Line[]> {
  const envelopes = sizedEnvelopes({ count: context.quick ? 1_000 : 20_000, bytes });
  const queue = await AmqpQueue.create(context, queueType);
  const names = namesOf({ queueType, bytes });
  try {
    const contenders: readonly Contender[] = [
      { name: names.bare, round: () => rawRound(queue, envelopes, 'id and type') },
      { name: names.raw, round: () => rawRound(queue, envelopes, 'CloudEvents') },
      { name: names.ours, round: () => ourRound(queue, envelopes) },
    ];
    const results = await alternate(contenders, context);
    const checks: readonly Check[] = [
      ratioCheck('× raw with the same headers', results.ratio(names.ours, names.raw), { least: 0.95 }),
      ratioCheck('× raw', results.ratio(names.ours, names.bare)),
      ratioCheck('× Node CPU of raw with the same headers', results.nodeRatio(names.ours, names.raw)),
    ];
    return [
      resultsLine(results, { name: names.bare }),
      resultsLine(results, { name: names.raw, checks: [ratioCheck('× raw', results.ratio(names.raw, names.bare))] }),
      resultsLine(results, { name: names.ours, checks }),
    ];
  } finally {
    await queue.drop();
  }
}

function namesOf({ queueType, bytes }: Setting) {
  const start = `${queueType}, ${bytes.toLocaleString('en-US')} B: `;
  return {
    bare: `${start}raw amqplib loop, id and type only`,
    raw: `${start}raw amqplib loop, headers of CloudEvents`,
    ours: `${start}AmqpTransport`,
  };
}

async function rawRound(queue: AmqpQueue, envelopes: readonly Envelope[], content: RawContent): Promise<Round> {
  const channel = await RawConfirmChannel.open(queue.connection, content);
  const meter = queue.meter();
  meter.start();
  await channel.publishAll(envelopes);
  const reading = meter.stop();
  await channel.close();
  return queue.emptied({ ...reading, count: envelopes.length });
}

/** In batches of a hundred, as the relay publishes. */
async function ourRound(queue: AmqpQueue, envelopes: readonly Envelope[]): Promise<Round> {
  const transport = await queue.connectedTransport();
  const meter = queue.meter();
  meter.start();
  await rawPublishLoop(transport, envelopes, { windowSize: 1_000, batchSize: 100 });
  const reading = meter.stop();
  await transport.close();
  return queue.emptied({ ...reading, count: envelopes.length });
}
