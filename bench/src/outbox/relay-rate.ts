import { alternate, type Contender, type Results } from '../harness/alternate.ts';
import type { BenchContext, BenchRow } from '../harness/bench-row.ts';
import { type Check, type Line, ratioCheck } from '../harness/line.ts';
import { Meter } from '../harness/meter.ts';
import { resultsLine } from '../harness/results-line.ts';
import { orderEnvelopes } from './order-message.ts';
import { PacedPublisher, type PacedPublisherOptions } from './paced-publisher.ts';
import { PostgresOutbox } from './postgres-outbox.ts';
import { rawPublishLoop } from './raw-publish-loop.ts';
import { relayRound } from './relay-round.ts';

const RAW = 'raw publish loop, no database';
const UNKEYED = 'Relay, no keys';
const STRICT = 'Relay, 100 keys, strictKeys';
const KEYS = [1, 100, 10_000];

/** As much as a RabbitMQ quorum queue on such a machine takes, with its time to confirm. */
const broker: PacedPublisherOptions = { messagesPerSecond: 30_000, confirmMs: 2 };

/** How near the relay comes to what the broker takes, and what keys change. */
export const relayRate: BenchRow = {
  name: 'relay-rate',
  title: 'backlog → simulated broker of 30,000 msg/s that confirms after 2 ms, PostgreSQL',
  run: async (context) => {
    const count = context.quick ? 2_000 : 60_000;
    const raw: Contender = { name: RAW, round: () => rawRound(count) };
    const relays: Contender[] = [];
    const outboxes: PostgresOutbox[] = [];
    try {
      for (const keys of [0, ...KEYS]) {
        const outbox = await filled(context, { count, keys });
        outboxes.push(outbox);
        relays.push({ name: nameOf(keys), round: () => relayAll(outbox, { count, strictKeys: false }) });
        if (keys === 100) relays.push({ name: STRICT, round: () => relayAll(outbox, { count, strictKeys: true }) });
      }
      return linesOf(await alternate([raw, ...relays], context), [RAW, ...relays.map(({ name }) => name)]);
    } finally {
      for (const outbox of outboxes) await outbox.drop();
    }
  },
};

function nameOf(keys: number): string {
  return keys === 0 ? UNKEYED : `Relay, ${keys.toLocaleString('en-US')} key${keys === 1 ? '' : 's'}`;
}

async function filled(
  context: BenchContext,
  log: { readonly count: number; readonly keys: number },
): Promise<PostgresOutbox> {
  const outbox = await PostgresOutbox.create(context);
  await outbox.fill(log);
  await outbox.settle();
  return outbox;
}

async function rawRound(count: number) {
  const envelopes = orderEnvelopes(count, () => undefined);
  const publisher = new PacedPublisher(broker);
  const meter = new Meter(null);
  meter.start();
  await rawPublishLoop(publisher, envelopes, { windowSize: 1_000, batchSize: 100 });
  return { ...meter.stop(), count };
}

async function relayAll(outbox: PostgresOutbox, { count, strictKeys }: { count: number; strictKeys: boolean }) {
  await outbox.rewind();
  const publisher = new PacedPublisher(broker);
  return relayRound({ relay: outbox.relay(publisher, { strictKeys }), publisher, meter: outbox.meter(), count });
}

function linesOf(results: Results, names: readonly string[]): readonly Line[] {
  const database = results.serverMicros(UNKEYED)?.median ?? Number.NaN;
  const checksOf = (name: string): readonly Check[] => {
    if (name === RAW) return [];
    if (name === STRICT) return [ratioCheck('× no keys', results.ratio(name, UNKEYED))];
    if (name !== UNKEYED) return [ratioCheck('× no keys', results.ratio(name, UNKEYED), { least: 0.85 })];
    return [
      ratioCheck('× raw', results.ratio(name, RAW), { least: 0.9 }),
      { of: 'µs of PostgreSQL per message', value: database, target: { most: 5 } },
    ];
  };
  return names.map((name) => resultsLine(results, { name, checks: checksOf(name) }));
}
