import type { Envelope } from '@holdfast/core';
import { alternate, type Contender, type Round } from '../harness/alternate.ts';
import type { BenchContext, BenchRow } from '../harness/bench-row.ts';
import { type Check, type Line, ratioCheck } from '../harness/line.ts';
import { resultsLine } from '../harness/results-line.ts';
import { orderEnvelopes, orderMessage } from '../outbox/order-message.ts';
import { PostgresOutbox } from '../outbox/postgres-outbox.ts';
import { AmqpQueue } from './amqp-queue.ts';
import { fillGraphile, graphileRound, installGraphile } from './graphile-queue.ts';
import { HandWrittenRelay } from './hand-written-relay.ts';
import { payloadEnvelope } from './payload-envelope.ts';
import { RawConfirmChannel } from './raw-confirm-channel.ts';
import { relayAll } from './relay-all.ts';

const RAW = 'raw amqplib loop, no database';
const HAND = 'hand-written relay: pages, confirms, range deletes';
const RELAY = 'Relay with AmqpTransport';
const GRAPHILE = 'graphile-worker as a relay, local queue';
/** Enough of them are in flight that confirms are not what is waited for. */
const GRAPHILE_CONCURRENCY = 500;

/** From a full outbox to a broker that has everything. */
export const amqpRelay: BenchRow = {
  name: 'amqp-relay',
  title: 'outbox → quorum queue, a backlog of 100,000 messages of 512 bytes, PostgreSQL and RabbitMQ',
  server: 'PostgreSQL',
  run: async (context) => {
    const outbox = await PostgresOutbox.create(context);
    const queue = await AmqpQueue.create(context);
    try {
      return await compare(context, { outbox, queue, count: context.quick ? 1_000 : 100_000 });
    } finally {
      await queue.drop();
      await outbox.drop();
    }
  },
};

interface Setup {
  readonly outbox: PostgresOutbox;
  readonly queue: AmqpQueue;
  readonly count: number;
}

async function compare(context: BenchContext, setup: Setup): Promise<readonly Line[]> {
  const { outbox, count } = setup;
  await outbox.fill({ count, keys: 0 });
  await outbox.settle();
  const hand = await HandWrittenRelay.create(outbox.database.pool({ max: 2 }));
  await installGraphile(outbox.database.url);
  const envelopes = orderEnvelopes(count, () => undefined);
  const contenders: readonly Contender[] = [
    { name: RAW, round: () => rawRound(setup, envelopes) },
    { name: HAND, round: () => handWrittenRound(setup, hand) },
    { name: RELAY, round: () => relayAll(setup) },
    { name: GRAPHILE, round: () => viaGraphile(setup) },
  ];
  const results = await alternate(contenders, context);
  const perMessage = results.serverMicros(RELAY)?.median ?? Number.NaN;
  const ours: readonly Check[] = [
    ratioCheck('× raw', results.ratio(RELAY, RAW), { least: 0.9 }),
    ratioCheck('× hand-written relay', results.ratio(RELAY, HAND), { least: 1 }),
    ratioCheck('× graphile-worker', results.ratio(RELAY, GRAPHILE), { least: 1.4 }),
    ratioCheck('× Node CPU of raw', results.nodeRatio(RELAY, RAW), { most: 1.6 }),
    { of: 'µs of PostgreSQL per message', value: perMessage, target: { most: 5 } },
  ];
  const checksOf = (name: string) => [
    ratioCheck('× raw', results.ratio(name, RAW)),
    ratioCheck('× Node CPU of raw', results.nodeRatio(name, RAW)),
  ];
  return [
    resultsLine(results, { name: RAW }),
    resultsLine(results, { name: HAND, checks: checksOf(HAND) }),
    resultsLine(results, { name: RELAY, checks: ours }),
    resultsLine(results, { name: GRAPHILE, checks: checksOf(GRAPHILE) }),
  ];
}

async function rawRound({ queue, count }: Setup, envelopes: readonly Envelope[]): Promise<Round> {
  const channel = await RawConfirmChannel.open(queue.connection, 'CloudEvents');
  // The meter of no server: there is no database here.
  const meter = queue.meter(null);
  meter.start();
  await channel.publishAll(envelopes);
  const reading = meter.stop();
  await channel.close();
  return queue.emptied({ ...reading, count });
}

async function handWrittenRound({ outbox, queue, count }: Setup, hand: HandWrittenRelay): Promise<Round> {
  await hand.fill();
  const channel = await RawConfirmChannel.open(queue.connection, 'CloudEvents');
  const meter = outbox.meter();
  meter.start();
  await hand.relay(channel);
  const reading = meter.stop();
  await channel.close();
  return queue.emptied({ ...reading, count });
}

async function viaGraphile({ outbox, queue, count }: Setup): Promise<Round> {
  await fillGraphile(outbox.pool, count, orderMessage(1).data as object);
  const channel = await RawConfirmChannel.open(queue.connection, 'CloudEvents');
  const round = await graphileRound({
    connectionString: outbox.database.url,
    meter: outbox.meter(),
    count,
    concurrency: GRAPHILE_CONCURRENCY,
    handle: (payload, { job }) => channel.publish(payloadEnvelope(String(job.id), payload)),
  });
  await channel.close();
  return queue.emptied(round);
}
