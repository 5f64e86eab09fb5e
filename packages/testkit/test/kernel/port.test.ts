import { expect, test } from 'vitest';
import { run } from './planned.ts';

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
