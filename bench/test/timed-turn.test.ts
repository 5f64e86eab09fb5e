import { expect, test } from 'vitest';
import { Meter } from '../src/harness/meter.ts';
import { timedTurn } from '../src/inbox/timed-turn.ts';

test('a turn counts what was done and ends when there is nothing left', async () => {
  const left = [3, 2, 2];
  const step = async () => left.shift() ?? 0;
  const round = await timedTurn({ meter: new Meter(null), seconds: 60, concurrency: 2, step });
  expect(round.count).toBe(7);
  expect(round.seconds).toBeGreaterThan(0);
});

test('a turn waits for the steps that were begun, and counts them', async () => {
  let running = 0;
  const step = async () => {
    running += 1;
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    return 1;
  };
  const round = await timedTurn({ meter: new Meter(null), seconds: 0.02, concurrency: 4, step });
  expect(running).toBe(0);
  expect(round.count).toBeGreaterThanOrEqual(4);
});

test('a step that fails ends the turn with its error', async () => {
  const step = () => Promise.reject(new Error('the database is away'));
  const turn = timedTurn({ meter: new Meter(null), seconds: 60, concurrency: 1, step });
  await expect(turn).rejects.toThrow('the database is away');
});
