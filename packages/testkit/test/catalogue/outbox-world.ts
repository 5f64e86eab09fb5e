import { type Clock, type Publisher, type QueueReader, SystemClock, UuidV7Ids } from '@holdfast/core';
import { Outbox, Relay, type RelayOptions } from '@holdfast/outbox';
import { MemoryOutboxStore, MemoryTransactions } from '@holdfast/outbox/testing';
import { profiles, SimulatedBroker } from '@holdfast/testkit';
import { currentIncarnation } from '../../src/kernel/simulated-process.ts';
import type { World } from '../../src/kernel/world.ts';

export interface OutboxWorldOptions {
  /** @default 2 */
  readonly relays?: number;
  /** Writers, each of which sends so many messages. @default 2 × 6 */
  readonly writers?: number;
  readonly messagesEach?: number;
  /** Keys of the messages. @default two */
  readonly keys?: readonly string[];
  /** What the publisher of a relay is, given that of the broker. @default as it is */
  readonly publisher?: (inner: Publisher, world: World) => Publisher;
  readonly relay?: Partial<RelayOptions>;
}

/** What is durable in the end. */
export interface OutboxFacts {
  /** Ids of the messages whose transactions the writers know to be committed. */
  readonly accepted: readonly string[];
  /** Committed messages in the order of their commits, with their key. */
  readonly committed: readonly { readonly id: string; readonly key: string }[];
  /** What the reader got, duplicates too. A pull whose answer is lost comes again, behind what was out before it. */
  readonly delivered: readonly { readonly id: string; readonly key: string | null }[];
  readonly store: MemoryOutboxStore;
  readonly broker: SimulatedBroker;
}

const QUEUE = 'billing';

/**
 * Writers that send in transactions that overlap, as on PostgreSQL (the store's positions become visible in any order), relays
 * that stand by for each other, a broker with one queue, and one reader.
 */
export async function outboxWorld(world: World, options: OutboxWorldOptions = {}): Promise<OutboxFacts> {
  const { relays = 2, writers = 2, messagesEach = 6, keys = ['a', 'b'] } = options;
  const { clock, random } = world;
  const store = new MemoryOutboxStore({ clock });
  const broker = new SimulatedBroker(world, 'bus', profiles.rabbitQuorum);
  await broker.connect().declare({ queue: QUEUE, types: ['*'], leaseMs: 5_000 });
  world.server('db');
  const facts = {
    accepted: [] as string[],
    committed: [] as { id: string; key: string }[],
    delivered: [] as { id: string; key: string | null }[],
  };
  const remote = world.port('db', store, { server: 'db', except: ['begin', 'name', 'wakeUp', 'preflight'] });

  world.process(
    'relay',
    () => {
      const bus = broker.connect();
      const inner: Publisher = bus;
      const relay = new Relay({
        leaseMs: 2_000,
        pollMaxMs: 200,
        cursorIntervalMs: 20,
        probeMaxMs: 1_000,
        clock,
        random,
        ...options.relay,
        // Each process looks by itself, as one on another machine does.
        store: {
          name: store.name,
          lanes: remote.lanes,
          parking: remote.parking,
          housekeeping: remote.housekeeping,
          leases: remote.leases,
          wakeUp: silent,
        },
        publisher: options.publisher?.(inner, world) ?? inner,
      });
      relay.start();
      return {
        stop: async () => {
          await relay.stop();
          await bus.close();
        },
      };
    },
    { replicas: relays },
  );

  const transactions = new MemoryTransactions();
  const [service] = world.process('service', () => {
    const ids = new UuidV7Ids({ clock, random });
    const outbox = new Outbox({
      store: { ...outboxParts(store), writer: remote.writer },
      transactions,
      source: '/orders',
      clock,
      ids,
    });
    const send = async (key: string, number: number): Promise<string> => {
      const tx = store.begin();
      currentIncarnation().onEnd(() => void tx.rollback());
      try {
        const [id = ''] = await outbox.send(tx, { type: 'order.changed', key, data: { number } });
        tx.onCommit(() => facts.committed.push({ id, key }));
        await clock.sleep(random.next() * 30);
        await world.simulation.io({ label: 'db.commit', server: 'db', messages: [id] }, () => tx.commit());
        return id;
      } catch (error) {
        await tx.rollback();
        throw error;
      }
    };
    return { api: { send }, stop: async () => {} };
  });

  world.client(
    'writer',
    async ({ number: writer }) => {
      for (let number = 1; number <= messagesEach; number += 1) {
        const key = keys[(writer + number) % keys.length] ?? 'a';
        for (let tries = 0; tries < 200; tries += 1) {
          try {
            const id = await service?.call('send', (api) => api.send(key, number));
            if (id !== undefined) facts.accepted.push(id);
            break;
          } catch {
            await clock.sleep(100);
          }
        }
      }
    },
    { count: writers },
  );

  world.process('reader', () => {
    const bus = broker.connect();
    const stopping = new AbortController();
    const reading = readAll(bus.reader(QUEUE), { clock, signal: stopping.signal, facts });
    return {
      stop: async () => {
        stopping.abort();
        await reading;
        await bus.close();
      },
    };
  });
  world.quietWhen(() => {
    const delivered = new Set(facts.delivered.map(({ id }) => id));
    return facts.committed.every(({ id }) => delivered.has(id));
  });
  return { ...facts, store, broker };
}

/** Each process looks by itself, as one on another machine does. */
const silent = new MemoryOutboxStore({ clock: new SystemClock() }).wakeUp;

function outboxParts(store: MemoryOutboxStore) {
  const { name, lanes, parking, housekeeping, replay, leases, wakeUp } = store;
  return {
    name,
    lanes,
    parking,
    housekeeping,
    replay,
    leases,
    wakeUp,
    declareDestinations: store.declareDestinations.bind(store),
    preflight: store.preflight.bind(store),
  };
}

/** Takes what comes, and notes it before it is acked. */
async function readAll(
  reader: QueueReader,
  {
    clock,
    signal,
    facts,
  }: {
    readonly clock: Clock;
    readonly signal: AbortSignal;
    readonly facts: { delivered: { id: string; key: string | null }[] };
  },
): Promise<void> {
  while (!signal.aborted) {
    try {
      for (const delivery of await reader.pull(10, { waitMs: 1_000, signal })) {
        const { id, key } = delivery.envelope;
        facts.delivered.push({ id, key });
        await delivery.ack();
      }
    } catch {
      await clock.sleep(100, signal);
    }
  }
}
