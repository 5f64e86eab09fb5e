import type { Delivery, QueueDeclaration, QueueReader } from '@holdfast/core';
import { Migrator } from '@holdfast/sql';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { type Check, simulate, type World } from '@holdfast/testkit';
import { SimulatedSqlite, SqliteTemplate } from '@holdfast/testkit/sqlite';
import { MemoryBroker, type Transport } from '@holdfast/transports/memory';
import { SqlTransport, sqliteQueueMigrations } from '@holdfast/transports/sql';
import { expect, test } from 'vitest';
import {
  appliedInOrder,
  everythingApplied,
  type StreamBus,
  type StreamFacts,
  streamLog,
  streamWorld,
} from './stream-world.ts';

async function campaign(
  name: string,
  {
    seeds = 150,
    ...definition
  }: {
    readonly world: (world: World) => Promise<StreamFacts>;
    readonly check: readonly Check<StreamFacts>[];
    readonly seeds?: number;
  },
): Promise<void> {
  const report = await simulate<StreamFacts>({ name, ...definition, seeds, sometimes: ['came again'] });
  expect(report.figures.seeds).toBe(seeds);
}

const template = new SqliteTemplate(async (handle) => {
  await new Migrator({ database: new BetterSqlite3Database(handle), sets: [sqliteQueueMigrations] }).up();
});

class SqlTransportInOrder extends SqlTransport {
  override declare(declaration: QueueDeclaration): Promise<void> {
    return super.declare({ ...declaration, order: 'key' });
  }
}

/** Each process has a transport of its own on one file. */
async function sqlBus(world: World): Promise<StreamBus> {
  const { clock, random } = world;
  const db = await SimulatedSqlite.open(world, 'queues', { template });
  return {
    connect: () => new SqlTransportInOrder({ database: db.database(), clock, random, pollMinMs: 50, pollMaxMs: 1_000 }),
    isQuiet: () => db.query('select 1 from holdfast_queue_message limit 1').length === 0,
  };
}

/** One broker behind a network: each call, of its readers and deliveries too, travels. */
function memoryBus(world: World): StreamBus {
  world.server('bus');
  const broker = new MemoryBroker({ clock: world.clock });
  world.onClose(() => void broker.close());
  const options = { server: 'bus', answers: true };
  const remote = world.port('bus', broker, { ...options, except: ['reader'] });
  const remoteDelivery = (delivery: Delivery) => world.port('bus', delivery, { ...options, except: ['envelope'] });
  const reader = (queue: string): QueueReader => {
    const inner = world.port('bus', broker.reader(queue), options);
    return { pull: async (max, pull) => (await inner.pull(max, pull)).map(remoteDelivery) };
  };
  const connect = (): Transport => ({
    declare: (queue) => remote.declare(queue),
    publish: (batch, options) => remote.publish(batch, options),
    reader,
    // It is shared.
    close: async () => {},
  });
  return { connect, isQuiet: () => true };
}

/** One process that has everything in it but the log and what was applied: what its broker held is lost with it, and published again. */
async function inOneProcess(world: World): Promise<StreamFacts> {
  const { clock, simulation } = world;
  const log = streamLog(18);
  const facts: StreamFacts = { log, cursor: 0, applied: [] };
  const apply = async ({ envelope: { id } }: Delivery, signal: AbortSignal) => {
    while (!signal.aborted) {
      try {
        await simulation.io({ label: 'db.apply', messages: [id] }, () => {
          if (facts.applied.includes(id)) world.see('came again');
          else facts.applied.push(id);
        });
        return;
      } catch {
        await clock.sleep(50, signal);
      }
    }
  };
  const read = async (broker: MemoryBroker, signal: AbortSignal) => {
    while (!signal.aborted) {
      for (const delivery of await broker.reader('orders').pull(4, { waitMs: 1_000, signal })) {
        await apply(delivery, signal);
        if (signal.aborted) return;
        // One whose lease is over comes again.
        await delivery.ack().catch(() => {});
      }
    }
  };
  world.process('service', async () => {
    const broker = new MemoryBroker();
    const stopping = new AbortController();
    await broker.declare({ queue: 'orders', types: ['*'], leaseMs: 3_000 });
    const left = log.filter(({ id }) => !facts.applied.includes(id));
    const receipts = await broker.publish(left);
    expect(receipts.every(({ outcome }) => outcome === 'accepted')).toBe(true);
    const reading = read(broker, stopping.signal);
    return {
      stop: async () => {
        stopping.abort();
        await reading;
        await broker.close();
      },
    };
  });
  world.quietWhen(() => facts.applied.length === log.length);
  return facts;
}

test('SqlTransport of several processes on one simulated SQLite file loses nothing and keeps the order of each key', async () => {
  await campaign('a stream through SqlTransport', {
    world: async (world) => streamWorld(world, await sqlBus(world), { readers: 2 }),
    check: [everythingApplied, appliedInOrder],
    seeds: 80,
  });
});

test('a MemoryBroker behind a simulated network loses nothing', async () => {
  await campaign('a stream through MemoryBroker', {
    world: (world) => streamWorld(world, memoryBus(world), { window: 1 }),
    check: [everythingApplied],
  });
});

test('a MemoryBroker inside of a process that is killed keeps the order of what is published anew', async () => {
  await campaign('a stream inside of one process', { world: inOneProcess, check: [everythingApplied, appliedInOrder] });
});
