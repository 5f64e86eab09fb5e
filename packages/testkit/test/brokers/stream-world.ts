import type { Delivery, Envelope, QueueReader, Receipt } from '@holdfast/core';
import { type BrokerProfile, check, SimulatedBroker, type World } from '@holdfast/testkit';
import type { Transport } from '@holdfast/transports/memory';

const QUEUE = 'orders';
const KEYS = ['a', 'b', 'c'];

/** What a stream goes through. */
export interface StreamBus {
  /** A client of the process whose code calls. */
  connect(): Transport;
  /** Whether nothing is left in it. */
  isQuiet(): boolean;
}

export interface StreamOptions {
  /** @default 1 */
  readonly readers?: number;
  /** @default 18 */
  readonly messages?: number;
  /** How many batches the source has under way at a time. @default 3 */
  readonly window?: number;
}

/** What is durable in the end. */
export interface StreamFacts {
  readonly log: readonly Envelope[];
  /** How much of the log is known to be published. */
  cursor: number;
  /** Ids of messages in the order in which they had their effect, each once. */
  readonly applied: string[];
}

export interface BrokerFacts extends StreamFacts {
  readonly broker: SimulatedBroker;
}

/** The stream goes through a simulated broker. */
export async function brokerStream(
  world: World,
  profile: BrokerProfile,
  options?: StreamOptions,
): Promise<BrokerFacts> {
  const broker = new SimulatedBroker(world, 'bus', profile);
  const facts = await streamWorld(world, broker, options);
  return Object.assign(facts, { broker });
}

/** A log that is published in order, several batches at a time, again from its cursor after each failure; a queue; readers that apply each message once. */
export async function streamWorld(world: World, bus: StreamBus, options: StreamOptions = {}): Promise<StreamFacts> {
  const { readers = 1, messages = 18, window = 3 } = options;
  const outside = bus.connect();
  await outside.declare({ queue: QUEUE, types: ['*'], leaseMs: 3_000 });
  await outside.close();
  const facts: StreamFacts = { log: streamLog(messages), cursor: 0, applied: [] };
  world.process('source', () =>
    lasting(bus.connect(), (client, signal) => publishAll({ world, facts, client, window, signal })),
  );
  world.process(
    'reader',
    () => lasting(bus.connect(), (client, signal) => readAll({ world, facts, reader: client.reader(QUEUE), signal })),
    { replicas: readers },
  );
  world.client('watcher', async () => {
    while (facts.cursor < messages) await world.clock.sleep(100);
  });
  world.quietWhen(() => facts.cursor === messages && facts.applied.length === messages && bus.isQuiet());
  return facts;
}

/** Eighteen messages or so, of three keys in turn. */
export function streamLog(messages: number): readonly Envelope[] {
  return Array.from({ length: messages }, (_, index) => envelopeOf(index));
}

/** In the order of the effects. */
export const appliedInOrder = orderOf<StreamFacts>(({ applied }) => applied);

/** As the queue delivered each message first: what comes back may come in another order. */
export const firstDeliveredInOrder = orderOf<BrokerFacts>(({ broker }) => [
  ...new Set(broker.deliveries.map(({ id }) => id)),
]);

export const everythingApplied = check.nothingLost<StreamFacts>({
  accepted: ({ log }) => log.map(({ id }) => id),
  applied: ({ applied }) => applied,
});

function orderOf<Facts>(ids: (facts: Facts) => readonly string[]) {
  return check.orderPerKey<Facts>({
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

function lasting(bus: Transport, work: (client: Transport, signal: AbortSignal) => Promise<void>) {
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

interface Publishing extends Part {
  readonly client: Transport;
  readonly window: number;
}

async function publishAll({ world, facts, client, window, signal }: Publishing): Promise<void> {
  while (!signal.aborted && facts.cursor < facts.log.length) {
    const from = facts.cursor;
    const batches = Array.from({ length: window }, (_, index) =>
      facts.log.slice(from + 2 * index, from + 2 * index + 2),
    );
    const receipts = (await Promise.all(batches.map((batch) => receiptsOf(client, batch, signal)))).flat();
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

/** A rejection is "unknown" for all. */
function receiptsOf(client: Transport, batch: readonly Envelope[], signal: AbortSignal): Promise<readonly Receipt[]> {
  return client.publish(batch, { signal }).catch(() => batch.map(() => ({ outcome: 'unknown', reason: 'It failed.' })));
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
