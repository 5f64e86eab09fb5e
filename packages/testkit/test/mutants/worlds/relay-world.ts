import { type Envelope, type Publisher, type Receipt, UuidV7Ids } from '@holdfast/core';
import { Outbox, Relay, WakeUp } from '@holdfast/outbox';
import { MemoryOutboxStore, MemoryTransactions } from '@holdfast/outbox/testing';
import type { WorldDefinition } from '../../../src/campaign/run-world.ts';
import { currentIncarnation } from '../../../src/kernel/simulated-process.ts';
import type { World } from '../../../src/kernel/world.ts';
import { NetworkPublisher } from './network-publisher.ts';
import { firstDeliveries, inOrderPerKey } from './order-of-keys.ts';

interface Sent {
  readonly id: string;
  readonly key: string;
  readonly isDelayed: boolean;
  /** When it may be published, in virtual milliseconds. */
  readonly dueAt: number;
}

interface RelayFacts {
  readonly store: MemoryOutboxStore;
  readonly committed: readonly Sent[];
  readonly accepted: readonly string[];
  /** What the broker took, in this order, repetitions too. */
  readonly taken: readonly { readonly id: string; readonly key: string | null; readonly at: number }[];
  /** Ids that the broker refused at least once. */
  readonly refused: ReadonlySet<string>;
}

export interface RelayWorldOptions {
  /** Messages that the broker refuses until an operator has looked at them. @default false */
  readonly poison?: boolean;
  /** Messages that are to be published later. @default false */
  readonly delayed?: boolean;
  /** The publisher rejects instead of telling that an answer was lost. @default false */
  readonly rejects?: boolean;
  /** Longest pause of a writer between two messages. @default 0 */
  readonly paceMs?: number;
  readonly strictKeys?: boolean;
  readonly windowSize?: number;
  readonly batchSize?: number;
  readonly retentionMs?: number;
}

const WRITERS = 3;
const MESSAGES_EACH = 6;
const KEYS = ['a', 'b'];
const DELAY_MS = 3_000;
const LOOK_EVERY_MS = 1_500;

/**
 * Writers whose transactions overlap (positions become visible in any order, as on PostgreSQL), relays that stand by for each other, and a broker
 * that keeps what it took.
 */
export function relayWorld(options: RelayWorldOptions = {}): WorldDefinition<RelayFacts> {
  return {
    settleMs: 120_000,
    world: (world) => build(world, options),
    check: [
      {
        name: 'what was committed is published, or parked because the broker refused it',
        check: ({ committed, taken, refused }) => {
          const ids = new Set(taken.map(({ id }) => id));
          return committed
            .filter(({ id }) => !ids.has(id) && !refused.has(id))
            .map(({ id }) => `"${id}" was committed, and the broker never got it.`);
        },
      },
      {
        name: 'nothing is published that was not committed',
        check: ({ committed, taken }) => {
          const ids = new Set(committed.map(({ id }) => id));
          return taken.filter(({ id }) => !ids.has(id)).map(({ id }) => `"${id}" was published, but never committed.`);
        },
      },
      {
        name: 'what the writers were told is committed',
        check: ({ committed, accepted }) => {
          const ids = new Set(committed.map(({ id }) => id));
          return accepted.filter((id) => !ids.has(id)).map((id) => `"${id}" was accepted, but is not there.`);
        },
      },
      {
        name: 'each key is published in the order of its commits',
        check: ({ committed, taken, refused }) =>
          inOrderPerKey(
            committed.filter(({ isDelayed }) => !isDelayed),
            firstDeliveries(taken.filter(({ id }) => !refused.has(id) || committed.some((one) => one.id === id))),
          ),
      },
      {
        name: 'a delayed message is published when it is due, and not before',
        check: ({ committed, taken }) =>
          committed.flatMap(({ id, dueAt }) => {
            const first = taken.find((one) => one.id === id);
            return first !== undefined && first.at < dueAt ? [`"${id}" came ${dueAt - first.at} ms too early.`] : [];
          }),
      },
    ],
  };
}

async function build(world: World, options: RelayWorldOptions): Promise<RelayFacts> {
  const { clock, random } = world;
  const store = new MemoryOutboxStore({ clock, retentionMs: options.retentionMs ?? 3_600_000 });
  const committed: Sent[] = [];
  const accepted: string[] = [];
  const taken: { id: string; key: string | null; at: number }[] = [];
  const refused = new Set<string>();
  const mended = new Set<string>();
  world.server('bus');
  world.server('db');
  const remote = world.port('db', store, {
    server: 'db',
    answers: true,
    except: ['begin', 'name', 'wakeUp', 'preflight'],
  });
  const broker: Publisher = {
    publish: async (batch) => batch.map((envelope) => take(envelope)),
  };
  function take({ id, key, type }: Envelope): Receipt {
    if (type === 'poison' && !mended.has(id)) {
      refused.add(id);
      return { outcome: 'rejected', reason: 'nobody takes it' };
    }
    const throttled = world.simulation.faultAt('bus', 'take', { kinds: ['error-before'] });
    if (throttled !== null) return { outcome: 'unavailable', reason: 'too many of its key' };
    taken.push({ id, key, at: world.simulation.now });
    return { outcome: 'accepted' };
  }

  world.process(
    'relay',
    () => {
      const relay = new Relay({
        leaseMs: 2_000,
        pollMaxMs: 200,
        cursorIntervalMs: 20,
        probeMaxMs: 1_000,
        pageSize: 4,
        batchSize: options.batchSize ?? 2,
        windowSize: options.windowSize ?? 6,
        strictKeys: options.strictKeys ?? false,
        clock,
        random,
        store: {
          name: store.name,
          lanes: remote.lanes,
          parking: remote.parking,
          housekeeping: remote.housekeeping,
          leases: remote.leases,
          // Each looks by itself, as one on another machine does.
          wakeUp: new WakeUp(),
        },
        publisher: new NetworkPublisher(world, broker, { rejects: options.rejects ?? false }),
      });
      relay.start();
      return { stop: () => relay.stop() };
    },
    { replicas: 2 },
  );

  const [service] = world.process('service', () => {
    const outbox = new Outbox({
      store: withWriter(store, remote.writer),
      transactions: new MemoryTransactions(),
      source: '/orders',
      clock,
      ids: new UuidV7Ids({ clock, random }),
    });
    const send = async (key: string, number: number): Promise<string> => {
      const tx = store.begin();
      currentIncarnation().onEnd(() => void tx.rollback());
      try {
        const { type, delayMs } = drawn(options, number);
        const sentAt = world.simulation.now;
        const [id = ''] = await outbox.send(tx, { type, key, data: { number }, delayMs });
        const isDelayed = delayMs > 0;
        const sent = { id, key, isDelayed, dueAt: isDelayed ? sentAt + delayMs : 0 };
        tx.onCommit(() => committed.push(sent));
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
      for (let number = 1; number <= MESSAGES_EACH; number += 1) {
        await clock.sleep(random.next() * (options.paceMs ?? 0));
        const key = KEYS[(writer + number) % KEYS.length] ?? 'a';
        for (let tries = 0; tries < 300; tries += 1) {
          try {
            const id = await service?.call('send', (api) => api.send(key, number));
            if (id !== undefined) accepted.push(id);
            break;
          } catch {
            await clock.sleep(100);
          }
        }
      }
    },
    { count: WRITERS },
  );

  if (options.poison === true) operator(world, { store, refused, mended });
  const isPublished = () => {
    const ids = new Set(taken.map(({ id }) => id));
    return committed.every(({ id }) => ids.has(id));
  };
  world.quietWhen(isPublished);
  return { store, committed, accepted, taken, refused };
}

function drawn({ poison = false, delayed = false }: RelayWorldOptions, number: number) {
  return { type: poison && number === 2 ? 'poison' : 'changed', delayMs: delayed && number % 3 === 0 ? DELAY_MS : 0 };
}

interface OperatorParts {
  readonly store: MemoryOutboxStore;
  readonly refused: ReadonlySet<string>;
  readonly mended: Set<string>;
}

/** Looks at what is parked, mends it, and has it published again; for ever. */
function operator(world: World, parts: OperatorParts): void {
  world.simulation.after(LOOK_EVERY_MS, () => {
    void redriveAll(world, parts).then(() => operator(world, parts));
  });
}

async function redriveAll(world: World, { store, refused, mended }: OperatorParts): Promise<void> {
  const parked = await store.parking.list({ limit: 1_000 });
  const heads = parked.filter(({ requested, role }) => requested === null && role === 'rejected');
  const isInnocent = heads.length > 0 && !parked.some(({ id }) => refused.has(id));
  for (const { id } of heads) {
    mended.add(id);
    if (isInnocent) {
      const message = `"${id}" is parked as rejected, but the broker never refused it.`;
      world.simulation.problem('only what the broker refused holds its key back', message);
    }
  }
  await store.parking.request({ all: true }, 'redrive');
}

function withWriter(store: MemoryOutboxStore, writer: MemoryOutboxStore['writer']) {
  const { name, lanes, parking, housekeeping, replay, leases, wakeUp } = store;
  const declareDestinations = store.declareDestinations.bind(store);
  const preflight = store.preflight.bind(store);
  return { name, writer, lanes, parking, housekeeping, replay, leases, wakeUp, declareDestinations, preflight };
}
