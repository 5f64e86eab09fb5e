import { type Delivery, type Envelope, MessageEncoder, UuidV7Ids } from '@holdfast/core';
import { SqlTransport, sqliteQueueMigrations } from '@holdfast/transports/sql';
import type { WorldDefinition } from '../../../src/campaign/run-world.ts';
import type { World } from '../../../src/kernel/world.ts';
import { inOrderPerKey } from './order-of-keys.ts';
import { SqlServer } from './sql-server.ts';

/** One delivery, as the world saw it. */
interface Held {
  readonly id: string;
  readonly process: string;
  readonly delivery: Delivery;
  isOver: boolean;
}

interface QueueFacts {
  readonly server: SqlServer;
  /** Accepted, in this order. */
  readonly accepted: readonly Envelope[];
  /** Whose work was done, in this order. */
  readonly handled: readonly { readonly id: string; readonly key: string | null }[];
  /** How often each was published: after a lost answer it is, and may be there, twice. */
  readonly tries: ReadonlyMap<string, number>;
}

const QUEUE = 'jobs';
const LEASE_MS = 1_500;
const MESSAGES = 14;
const KEYS = ['a', 'b', 'c'];
/** Everything is in one machine, so that nothing takes longer than this between a statement and whoever sees its result. */
const SLACK_MS = 5;

/** A durable queue in a database, a producer, and consumers some of whose works outlast their lease, are prolonged, fail or are given up. */
export function queueWorld(): WorldDefinition<QueueFacts> {
  return {
    settleMs: 200_000,
    world: (world) => build(world),
    check: [
      {
        name: 'what was accepted is handled, or a dead letter',
        check: ({ accepted, handled, server }) => {
          const dead = deadIds(server);
          return accepted
            .filter(({ id }) => !handled.some((one) => one.id === id) && !dead.includes(id))
            .map(({ id }) => `"${id}" was accepted, and neither handled nor dead-lettered.`);
        },
      },
      {
        name: 'a dead letter is kept once',
        check: ({ accepted, server, tries }) => {
          const dead = deadIds(server);
          return accepted
            .filter(({ id, type }) => type === 'broken' && tries.get(id) === 1)
            .filter(({ id }) => dead.filter((one) => one === id).length !== 1)
            .map(({ id }) => `"${id}" is ${dead.filter((one) => one === id).length} dead letters.`);
        },
      },
      {
        name: 'each key is handled in the order in which it was accepted',
        check: ({ accepted, handled }) => {
          const first = handled.filter(({ id }, index) => handled.findIndex((one) => one.id === id) === index);
          return inOrderPerKey(accepted, first);
        },
      },
      {
        name: 'nothing is left in the queue',
        check: ({ server }) => waiting(server).map((id) => `"${id}" is still in the queue.`),
      },
    ],
  };
}

function waiting(server: SqlServer): readonly string[] {
  return server
    .rows(
      'select m.id from holdfast_queue_message m join holdfast_queue q on q.id = m.queue_id where q.name = ?',
      QUEUE,
    )
    .map(({ id }) => String(id));
}

function deadIds(server: SqlServer): readonly string[] {
  return server
    .rows(
      'select m.id from holdfast_queue_message m join holdfast_queue q on q.id = m.queue_id where q.name <> ?',
      QUEUE,
    )
    .map(({ id }) => String(id));
}

async function build(world: World): Promise<QueueFacts> {
  const { clock, random } = world;
  const server = await SqlServer.open(world, { name: 'queue', sets: [sqliteQueueMigrations] });
  const open = () => new SqlTransport({ database: server.database(), clock, random });
  const setup = open();
  await setup.declare({ queue: QUEUE, types: ['*'], leaseMs: LEASE_MS, order: 'key' });
  await setup.close();
  const accepted: Envelope[] = [];
  const handled: { id: string; key: string | null }[] = [];
  const held: Held[] = [];
  const tried = new Map<string, number>();
  const [producer] = world.process('producer', () => {
    const transport = open();
    const publish = async (envelope: Envelope) => (await transport.publish([envelope]))[0]?.outcome;
    return { api: { publish }, stop: () => transport.close() };
  });
  world.process('consumer', (life) => consumer(world, { open, handled, held, name: life.name }), { replicas: 2 });
  const encoder = new MessageEncoder({ source: '/test', clock, ids: new UuidV7Ids(world) });
  world.client('sender', async () => {
    for (let number = 0; number < MESSAGES; number += 1) {
      const type = ['plain', 'plain', 'slow', 'extended', 'flaky', 'broken', 'plain'][number % 7] ?? 'plain';
      const envelope = encoder.encode({ type, key: KEYS[number % KEYS.length] ?? 'a', data: { number } });
      for (let tries = 0; tries < 300; tries += 1) {
        tried.set(envelope.id, tries + 1);
        const outcome = await producer?.call('publish', (api) => api.publish(envelope)).catch(() => 'unknown' as const);
        if (outcome === 'accepted') break;
        await clock.sleep(100);
      }
      accepted.push(envelope);
      await clock.sleep(random.next() * 100);
    }
  });
  world.quietWhen(() => waiting(server).length === 0);
  return { server, accepted, handled, tries: tried };
}

interface Parts {
  readonly open: () => SqlTransport;
  readonly handled: { id: string; key: string | null }[];
  readonly held: Held[];
  readonly name: string;
}

function consumer(world: World, { open, handled, held, name }: Parts) {
  const { clock } = world;
  const transport = open();
  const reader = transport.reader(QUEUE);
  const stop = new AbortController();
  const run = async () => {
    while (!stop.signal.aborted) {
      try {
        const deliveries = await reader.pull(2, { waitMs: 300, signal: stop.signal });
        const mine = deliveries.map((delivery) => note(world, { held, delivery, name }));
        await Promise.all(mine.map((one) => handle(world, one, handled)));
      } catch {
        await clock.sleep(50, stop.signal);
      }
    }
  };
  const running = run();
  return {
    stop: async () => {
      stop.abort();
      await running;
      // It does nothing with them any more; they are handed back.
      for (const one of held) if (one.process === name) one.isOver = true;
      await transport.close();
    },
  };
}

/** Nobody may get a message that another one holds. */
function note(world: World, { held, delivery, name }: { held: Held[]; delivery: Delivery; name: string }): Held {
  const { id } = delivery.envelope;
  const { now } = world.simulation;
  const other = held.find((one) => one.id === id && !one.isOver && one.delivery.leaseEndsAt > now + SLACK_MS);
  if (other !== undefined) {
    world.simulation.problem(
      'a message has one holder',
      `"${id}" was given to ${name} while ${other.process} held it.`,
    );
  }
  const one: Held = { id, process: name, delivery, isOver: false };
  held.push(one);
  return one;
}

async function handle(world: World, held: Held, handled: { id: string; key: string | null }[]): Promise<void> {
  const { clock, random } = world;
  const { delivery } = held;
  const { id, type, key } = delivery.envelope;
  if (type === 'slow' && delivery.deliveryCount === 1) await clock.sleep(LEASE_MS + 300);
  else if (type === 'extended') {
    await clock.sleep(1_000);
    await delivery.extend(4_000);
    await clock.sleep(2_500);
  } else await clock.sleep(random.next() * 30);
  if (type === 'broken') return settle(world, held, () => delivery.deadLetter('it is broken'));
  if (type === 'flaky' && delivery.deliveryCount === 1) return settle(world, held, () => delivery.retry(700));
  if (type !== 'slow' || delivery.deliveryCount > 1) handled.push({ id, key });
  return settle(world, held, () => delivery.ack());
}

/** Whoever is late can settle nothing. */
async function settle(world: World, held: Held, act: () => Promise<void>): Promise<void> {
  const { leaseEndsAt } = held.delivery;
  // When it dies after this, the settlement may have happened.
  held.isOver = true;
  await act();
  if (world.simulation.now > leaseEndsAt + SLACK_MS) {
    world.simulation.problem(
      'a lease that is over settles nothing',
      `"${held.id}" was settled by ${held.process} after its lease.`,
    );
  }
}
