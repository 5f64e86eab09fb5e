import { expect, test } from 'vitest';
import { IoLane } from '../../src/kernel/io-site.ts';
import { realPause } from '../../src/kernel/real-pause.ts';
import { run } from './planned.ts';

test('virtual time waits for real work, and hands its outcomes on in the order in which it began', async () => {
  const log: string[] = [];
  const { problems } = await run((world) => {
    const work = (label: string, realMs: number) =>
      world.simulation.io({ label, foreign: {}, lane: new IoLane() }, async () => {
        await realPause(realMs);
        log.push(`${label} is over`);
      });
    world.client('user', async () => {
      const slow = work('slow', 20).then(() => log.push(`slow at ${Math.ceil(world.simulation.now / 10)}`));
      await slow;
      await world.clock.sleep(1_000);
      log.push('slept');
    });
  });
  expect(problems).toEqual([]);
  expect(log).toEqual(['slow is over', 'slow at 1', 'slept']);
});

test('real work that is blocked lets virtual time go on until something frees it', async () => {
  const log: string[] = [];
  let free: () => void = () => {};
  const lock = new Promise<void>((resolve) => {
    free = resolve;
  });
  let isFree = false;
  const { problems } = await run((world) => {
    world.client('waiter', async () => {
      await world.simulation.io({ label: 'lock', foreign: { isBlocked: () => !isFree } }, () => lock);
      log.push(`locked at ${Math.floor(world.simulation.now / 1_000)} s`);
    });
    world.client('holder', async () => {
      await world.clock.sleep(3_000);
      await world.simulation.io({ label: 'unlock', foreign: {} }, async () => {
        await realPause(5);
        isFree = true;
        free();
      });
      log.push('unlocked');
      await world.clock.sleep(3_000);
    });
  });
  expect(problems).toEqual([]);
  expect(log).toEqual(['locked at 3 s', 'unlocked']);
});

test('real work that fails, fails its caller', async () => {
  const { problems } = await run((world) => {
    world.client('user', () =>
      world.simulation.io({ label: 'query', foreign: {} }, () => Promise.reject(new Error('syntax error'))),
    );
  });
  expect(problems).toEqual(['clients come to their end: "user" failed: Error: syntax error']);
});
