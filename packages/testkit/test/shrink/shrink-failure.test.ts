import { expect, test } from 'vitest';
import type { WorldDefinition } from '../../src/campaign/run-world.ts';
import type { Fault } from '../../src/faults/fault.ts';
import { shrinkFailure } from '../../src/shrink/shrink-failure.ts';

const steps = 12;

/** A process of twelve steps; it is wrong when what happened to its steps is wrong. */
function stepsWorld(isWrong: (happened: readonly Fault[], size: number) => boolean): WorldDefinition<null> {
  return {
    size: 16,
    world: (world, size) => {
      const { simulation } = world;
      world.process('worker', async () => {
        for (let step = 0; step < steps; step += 1) await simulation.io({ label: 'step' }, () => {}).catch(() => {});
      });
      world.client('client', () => world.clock.sleep(100_000));
      world.onClose(() => {
        if (isWrong(simulation.happened, size)) simulation.problem('all is well', 'it is not');
        if (simulation.happened.length > 3) simulation.problem('few faults', 'too many');
      });
      return null;
    },
    safetyMs: 200_000,
  };
}

const noise = (numbers: readonly number[]): Fault[] =>
  numbers.map((number) => ({ at: `worker/step#${number}`, kind: 'error-before' }));
const options = { check: 'all is well', maxRuns: 500 };

test('faults that change nothing are dropped, those that it takes are kept, addressed as before', async () => {
  const isNeeded = ({ at }: Fault) => at.endsWith('#4') || at.endsWith('#9');
  const definition = stepsWorld((happened) => happened.filter(isNeeded).length === 2);
  const plan = { seed: 1, faults: noise([1, 2, 3, 4, 5, 7, 8, 9, 11]) };
  const shrunk = await shrinkFailure(definition, { ...options, plan });
  expect(shrunk.plan.faults.map(({ at }) => at)).toEqual(['worker/step#4', 'worker/step#9']);
  expect(shrunk.repeats).toBe(true);
  expect(shrunk.outcome.problems).toEqual([{ check: 'all is well', message: 'it is not' }]);
  expect(shrunk.outcome.events.length).toBeGreaterThan(0);
});

test('the world is made smaller as long as it fails', async () => {
  const definition = stepsWorld((happened, size) => happened.length > 0 && size >= 5);
  const shrunk = await shrinkFailure(definition, { ...options, plan: { seed: 1, faults: noise([3, 4]) } });
  expect(shrunk.plan.size).toBe(5);
});

test('faults are made shorter as long as it fails, also backwards', async () => {
  const definition = stepsWorld((happened) => happened.some(({ ms = 0 }) => ms <= -700));
  const faults: Fault[] = [{ at: 'tick/worker#1', kind: 'clock-jump', ms: -55_000 }];
  const shrunk = await shrinkFailure(definition, { ...options, plan: { seed: 1, faults } });
  expect(shrunk.plan.faults).toEqual([{ at: 'tick/worker#1', kind: 'clock-jump', ms: -1_000 }]);
});

test('another failure is not the same one: a smaller run must fail by the same check', async () => {
  const definition = stepsWorld((happened) => happened.length >= 2);
  const plan = { seed: 1, faults: noise([1, 2, 3, 4, 5]) };
  expect((await shrinkFailure(definition, { ...options, plan })).plan.faults).toHaveLength(2);
  expect((await shrinkFailure(definition, { plan, maxRuns: 500, check: 'few faults' })).plan.faults).toHaveLength(4);
});

test('a run that does not fail again is told as such, and not shrunk', async () => {
  const plan = { seed: 1, faults: noise([1, 2]) };
  const shrunk = await shrinkFailure(
    stepsWorld(() => false),
    { ...options, plan },
  );
  expect(shrunk).toMatchObject({ repeats: false, plan, runs: 1 });
});

test('no more runs are spent than allowed', async () => {
  const plan = { seed: 1, faults: noise([1, 2, 3, 4, 5, 6, 7, 8]) };
  const shrunk = await shrinkFailure(
    stepsWorld((happened) => happened.length > 6),
    { ...options, plan, maxRuns: 5 },
  );
  expect(shrunk.runs).toBe(5);
});
