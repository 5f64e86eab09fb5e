import { SeededRandom } from '@holdfast/core/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { definitionOf, type RandomSaga, randomSagas } from './random-saga.ts';
import { RandomWorld } from './random-world.ts';

/** More of them by hand. */
const RUNS = Number(process.env['HOLDFAST_STEPS_RUNS'] ?? 500);
const TIMEOUT_MS = Math.max(60_000, RUNS * 50);

/** What is wrong when nothing is left that could happen. */
function wrongs(saga: RandomSaga, seed: number): readonly string[] {
  const world = new RandomWorld(definitionOf(saga), new SeededRandom(seed));
  world.run();
  const { state, timers, data } = world.drive;
  const isCompleted = state === 'completed';
  const unbalanced = [...world.participants].filter(([, { effects, undone }]) =>
    isCompleted ? effects !== 1 || undone !== 0 : effects !== undone,
  );
  return [
    ...world.broken,
    ...(isCompleted || state === 'compensated' ? [] : [`it ends in ${state}`]),
    ...(timers.size === 0 ? [] : ['a timer is left']),
    ...unbalanced.map(([name, { effects, undone }]) => `${name} was done ${effects} and undone ${undone} times`),
    ...(isCompleted && data.failure !== null ? ['a failure is left'] : []),
  ];
}

test('S1 to S7: whatever is late, doubled, reordered, failing or cancelled, all is done or all is undone, once and in reverse', {
  timeout: TIMEOUT_MS,
}, () => {
  const property = fc.property(randomSagas, fc.integer({ min: 1, max: 2 ** 31 }), (saga, seed) => {
    expect(wrongs(saga, seed)).toEqual([]);
  });
  fc.assert(property, { numRuns: RUNS });
});
