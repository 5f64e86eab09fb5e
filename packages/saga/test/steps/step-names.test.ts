import { expect, test } from 'vitest';
import { begun, committed, ends, lettered } from './lettered-steps.ts';

const definition = begun
  .step('a', lettered('a', { attempts: 2, unanswered: 'uncertain' }))
  .parallel('both', (group) =>
    group.step('b', lettered('b', { attempts: 2 })).step('c', { ...lettered('c'), compensation: 'none needed' }),
  )
  .pointOfNoReturn()
  .step('d', committed('d'))
  .build(ends);

test('the names of states stay as they are: they are in the databases of users', () => {
  expect([...definition.states.values()].map(({ name, kind }) => `${name} ${kind}`)).toEqual([
    'a active',
    'a:retrying active',
    'a:uncertain attention',
    'both active',
    'both:uncertain attention',
    'd active',
    'd:uncertain attention',
    'd:stuck attention',
    'a:compensating compensating',
    'a:compensation_failed attention',
    'b:compensating compensating',
    'b:compensation_failed attention',
    'completed final',
    'compensated final',
  ]);
});

test('the names of timers and of what a person may do stay as they are, too', () => {
  expect(definition.timers).toEqual([
    'a:timeout',
    'a:retry',
    'b:timeout',
    'b:retry',
    'c:timeout',
    'd:timeout',
    'a:compensation',
    'b:compensation',
  ]);
  const actions = [...definition.states.values()].map(({ name, operator }) => [name, [...operator.keys()].join(' ')]);
  expect(Object.fromEntries(actions.filter(([, names]) => names !== ''))).toEqual({
    a: 'cancel',
    'a:retrying': 'cancel',
    'a:uncertain': 'compensate retry cancel dismiss',
    both: 'cancel',
    'both:uncertain': 'compensate retry cancel dismiss',
    'd:uncertain': 'retry',
    'd:stuck': 'retry',
    'a:compensation_failed': 'resume skip',
    'b:compensation_failed': 'resume skip',
  });
});

test('a definition tells of which steps it was made', () => {
  expect(definition.steps.map(({ name, stage, state }) => [name, stage, state])).toEqual([
    ['a', 0, 'a'],
    ['b', 1, 'both'],
    ['c', 1, 'both'],
    ['d', 2, 'd'],
  ]);
  expect(definition.steps[0]).toEqual({
    name: 'a',
    stage: 0,
    state: 'a',
    command: 'doA',
    success: 'aDone',
    failures: ['aFailed'],
    unclear: 'aUnclear',
    timeout: { afterMs: 100, resend: 0, unanswered: 'uncertain' },
    attempts: 2,
    compensation: { command: 'undoA', success: 'aUndone', failure: 'aNotUndone', attempts: 2 },
    afterPointOfNoReturn: false,
    canFail: true,
  });
  expect(definition.steps.map(({ compensation }) => compensation === null)).toEqual([false, false, true, true]);
  expect(definition.steps.map(({ afterPointOfNoReturn }) => afterPointOfNoReturn)).toEqual([false, false, false, true]);
});
