import type { Delivery, Envelope, QueueReader } from '@holdfast/core';
import { type BrokerProfile, check, SimulatedBroker, type World } from '@holdfast/testkit';
import type { Transport } from '@holdfast/transports/memory';

const QUEUE = 'orders';
const KEYS = ['a', 'b', 'c'];

export interface StreamOptions {
  readonly profile: BrokerProfile;
  /** @default 1 */
  readonly readers?: number;
  /** @default 18 */
  readonly messages?: number;
}

/** What is durable in the end. */
export interface StreamFacts {
  readonly log: readonly Envelope[];
  /** How much of the log is known to be published. */
  cursor: number;
  /** Ids of messages in the order in which they had their effect, each once. */
  readonly applied: string[];
  readonly broker: SimulatedBroker;
}

/** A log that is published in order, several batches at a time, again from its cursor after each failure; a queue; readers that apply each message once. */
export async function streamWorld(world: World, options: StreamOptions): Promise<StreamFacts> {
  const { profile, readers = 1, messages = 18 } = options;
  const broker = new SimulatedBroker(world, 'bus', profile);
  await broker.connect().declare({ queue: QUEUE, types: ['*'], leaseMs: 3_000 });
  const log = Array.from({ length: messages }, (_, index) => envelopeOf(index));
  const facts: StreamFacts = { log, cursor: 0, applied: [], broker };
  world.process('source', () => lasting(broker.connect(), (bus, signal) => publishAll({ world, facts, bus, signal })));
  world.process(
    'reader',
    () => lasting(broker.connect(), (bus, signal) => readAll({ world, facts, reader: bus.reader(QUEUE), signal })),
    { replicas: readers },
  );
  world.client('watcher', async () => {
    while (facts.cursor < messages) await world.clock.sleep(100);
  });
  world.quietWhen(() => facts.cursor === messages && broker.isQuiet());
  return facts;
}

/** In the order of the effects. */
export const appliedInOrder = orderOf(({ applied }) => applied);

/** As the queue delivered each message first: what comes back may come in another order. */
export const firstDeliveredInOrder = orderOf(({ broker }) => [...new Set(broker.deliveries.map(({ id }) => id))]);

export const everythingApplied = check.nothingLost<StreamFacts>({
  accepted: ({ log }) => log.map(({ id }) => id),
  applied: ({ applied }) => applied,
});

function orderOf(ids: (facts: StreamFacts) => readonly string[]) {
  return check.orderPerKey<StreamFacts>({
    effects: (facts) =>
      ids(facts).map((id) => {
        const index = Number(id.slice(1)) - 1;
        return { key: keyOf(index), sequence: Math.floor(index / KEYS.length) + 1 };
      }),
  });
}

function keyOf(index: number): string {
  return KEYS[index % KEYS.length] ?? 'a';
}

function envelopeOf(index: number): Envelope {
  const body = new Uint8Array([index]);
  return { id: `m${index + 1}`, source: '/log', type: 'placed', key: keyOf(index), attributes: {}, body };
}

function lasting(bus: Transport, work: (bus: Transport, signal: AbortSignal) => Promise<void>) {
  const stopping = new AbortController();
  const working = work(bus, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await working;
      await bus.close();
    },
  };
}

interface Part {
  readonly world: World;
  readonly facts: StreamFacts;
  readonly signal: AbortSignal;
}

async function publishAll({ world, facts, bus, signal }: Part & { readonly bus: Transport }): Promise<void> {
  while (!signal.aborted && facts.cursor < facts.log.length) {
    const from = facts.cursor;
    const batches = [0, 2, 4].map((start) => facts.log.slice(from + start, from + start + 2));
    const receipts = (await Promise.all(batches.map((batch) => bus.publish(batch, { signal })))).flat();
    const failed = receipts.findIndex(({ outcome }) => outcome !== 'accepted');
    if (receipts.some((receipt) => receipt.outcome === 'unavailable' && receipt.retryAfterMs !== undefined)) {
      world.see('throttled');
    }
    if (failed > 0 && receipts.slice(failed).some(({ outcome }) => outcome === 'accepted')) world.see('one refused');
    const cursor = from + (failed === -1 ? receipts.length : failed);
    try {
      await world.simulation.io({ label: 'log.advance' }, () => {
        facts.cursor = Math.max(facts.cursor, cursor);
      });
    } catch {
      // From the cursor again.
    }
    if (failed !== -1) await world.clock.sleep(50, signal);
  }
}

async function readAll({ world, facts, reader, signal }: Part & { readonly reader: QueueReader }): Promise<void> {
  while (!signal.aborted) {
    try {
      for (const delivery of await reader.pull(4, { waitMs: 1_000, signal })) await apply(delivery, { world, facts });
    } catch {
      // What is held comes back.
      await world.clock.sleep(50, signal);
    }
  }
}

/** Hands every fourth one back once. */
async function apply(delivery: Delivery, { world, facts }: Pick<Part, 'world' | 'facts'>): Promise<void> {
  const { id } = delivery.envelope;
  if (delivery.deliveryCount === 1 && Number(id.slice(1)) % 4 === 0) return delivery.retry(200);
  await world.simulation.io({ label: 'db.apply', messages: [id] }, () => {
    if (facts.applied.includes(id)) world.see('came again');
    else facts.applied.push(id);
  });
  await delivery.ack();
}
