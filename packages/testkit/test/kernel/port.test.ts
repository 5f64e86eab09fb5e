import { expect, test } from 'vitest';
import { planned, run } from './planned.ts';

test('a frozen object is a port as any other', async () => {
  const heard: unknown[] = [];
  const { problems, simulation } = await run((world) => {
    class Provider {
      readonly #name = 'provider';
      async charge(cents: number) {
        return `${this.#name} ${cents}`;
      }
    }
    const api = Object.freeze({ version: 2, pay: Object.freeze({ charge: async (cents: number) => cents }) });
    const port = world.port('api', api);
    const sealed = world.port('sealed', Object.seal(new Provider()));
    world.client('client', async () => {
      heard.push(port.version, await port.pay.charge(3), await sealed.charge(4), sealed instanceof Provider);
    });
  });
  expect(problems).toEqual([]);
  expect(heard).toEqual([2, 3, 'provider 4', true]);
  expect(simulation.now).toBeGreaterThan(0);
});

test('a port shows what its object has now, also when that was replaced through it', async () => {
  const heard: unknown[] = [];
  await run((world) => {
    const target = { greet: async () => 'first', state: { read: async () => 'old' } };
    const port = world.port('api', target);
    world.client('client', async () => {
      heard.push(await port.greet(), await port.state.read());
      target.greet = async () => 'second';
      port.state = { read: async () => 'new' };
      heard.push(await port.greet(), await port.state.read());
    });
  });
  expect(heard).toEqual(['first', 'old', 'second', 'new']);
});

test('a function that a process gives to a port runs in that process, with its faults, and ends with it', async () => {
  const written: string[] = [];
  const told: unknown[] = [];
  const { problems } = await run(
    (world) => {
      const listeners = new Set<(message: string) => Promise<void>>();
      const queue = world.port('queue', {
        async subscribe(listener: (message: string) => Promise<void>) {
          listeners.add(listener);
        },
        async unsubscribe(listener: (message: string) => Promise<void>) {
          told.push(listeners.delete(listener));
        },
      });
      const store = world.port('store', {
        async write(text: string) {
          written.push(text);
        },
      });
      world.process('consumer', async ({ life }) => {
        const listener = async (message: string) => {
          await store.write(`${message} 1, life ${life}`);
          await store.write(`${message} 2, life ${life}`);
        };
        await queue.subscribe(listener);
        return { stop: () => queue.unsubscribe(listener) };
      });
      world.simulation.after(50, () => {
        for (const listener of listeners) listener('first').catch((error: Error) => told.push(error.message));
      });
      // Of the dead one too, which hears nothing.
      world.simulation.after(3_000, () => {
        for (const listener of listeners) {
          try {
            void listener('second');
          } catch (error) {
            told.push((error as Error).message);
          }
        }
      });
      world.client('client', () => world.clock.sleep(5_000));
    },
    { faults: planned({ at: 'consumer/store.write#2', kind: 'crash-before' }) },
  );
  expect(problems).toEqual([]);
  expect(written).toEqual(['first 1, life 1', 'second 1, life 2', 'second 2, life 2']);
  expect(told).toEqual([
    'The connection to "consumer" was lost: the call may have happened.',
    '"consumer" cannot be reached: nothing happened.',
    true,
  ]);
});
