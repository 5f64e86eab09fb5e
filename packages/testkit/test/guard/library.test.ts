import { type Envelope, type Publisher, SystemClock } from '@holdfast/core';
import { Outbox, Relay } from '@holdfast/outbox';
import { MemoryOutboxStore, MemoryTransactions } from '@holdfast/outbox/testing';
import { expect, test } from 'vitest';
import { runWorld } from '../../src/campaign/run-world.ts';
import { planned } from '../kernel/planned.ts';

/** A service and a relay with nothing but defaults: their clocks, chance and ids are those of Node. */
async function ordersOf(seed: number) {
  const published: string[] = [];
  const { problems, simulation } = await runWorld(
    {
      world: (world) => {
        const store = new MemoryOutboxStore({ clock: new SystemClock() });
        const remote = world.port('db', store, { except: ['begin', 'name', 'wakeUp'] });
        const publisher: Publisher = {
          publish: async (batch: readonly Envelope[]) =>
            world.simulation.io({ label: 'bus.publish' }, () => {
              published.push(...batch.map(({ id }) => id));
              return batch.map(() => ({ outcome: 'accepted' }) as const);
            }),
        };
        world.process('relay', () => {
          const relay = new Relay({ store: remote, publisher, leaseMs: 2_000 });
          relay.start();
          return { stop: () => relay.stop() };
        });
        world.client('service', async () => {
          const outbox = new Outbox({ store, transactions: new MemoryTransactions(), source: '/orders' });
          for (let number = 1; number <= 10; number += 1) {
            const tx = store.begin();
            await outbox.send(tx, { type: 'order.changed', key: 'a', data: { number } });
            await tx.commit();
            await new Promise((resolve) => setTimeout(resolve, 20_000 * Math.random()));
          }
        });
        world.quietWhen(() => new Set(published).size === 10);
      },
      safetyMs: 3_600_000,
    },
    { seed, strict: true, faults: planned({ at: 'relay/bus.publish#3', kind: 'crash-after' }) },
  );
  return { published, problems, hash: simulation.trace.hash, virtualMs: simulation.now };
}

test('a relay with its default clock crashes, comes back and publishes in virtual time, the same way each time', async () => {
  const first = await ordersOf(1);
  expect(first.problems).toEqual([]);
  expect(new Set(first.published).size).toBe(10);
  expect(first.published.length).toBeGreaterThan(10);
  expect(first.virtualMs).toBeGreaterThan(50_000);
  expect(first.published[0]).toMatch(/^01a3185c-/);
  expect(await ordersOf(1)).toEqual(first);
  expect((await ordersOf(2)).published).not.toEqual(first.published);
});
