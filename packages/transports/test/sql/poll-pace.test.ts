import { expect, test } from 'vitest';
import { PollPace } from '../../src/sql/reading/poll-pace.ts';

test('pauses double up to the longest, between half and all of it, and begin again after a message', () => {
  const [least, most] = [0, 0.999_999].map(
    (chance) => new PollPace({ minMs: 10, maxMs: 100, random: { next: () => chance } }),
  );
  const pauses = (pace: PollPace | undefined) => Array.from({ length: 6 }, () => Math.round(pace?.next() ?? 0));
  expect(pauses(least)).toEqual([5, 10, 20, 40, 50, 50]);
  expect(pauses(most)).toEqual([10, 20, 40, 80, 100, 100]);
  most?.reset();
  expect(pauses(most)[0]).toBe(10);
});
