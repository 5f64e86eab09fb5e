import { expect, test, vi } from 'vitest';
import { explore, lint, participantsOf } from '../../src/checks/index.ts';
import { orderSaga } from '../shop/order-saga.ts';
import { begun, committed, ends, events, lettered } from '../steps/lettered-steps.ts';
import { broken, reacting } from './broken-saga.ts';

// Thousands of states, on machines that may be busy.
vi.setConfig({ testTimeout: 120_000 });

const start = [events.begun({ orderId: 'o1' })];
const twoSteps = begun.step('a', lettered('a')).step('b', lettered('b')).build(ends);
const committedSteps = begun.step('a', lettered('a')).pointOfNoReturn().step('b', committed('b')).build(ends);

test('a saga that is made of steps holds in all runs of the participants that are made of its steps', () => {
  const result = explore(twoSteps, { start, ...participantsOf(twoSteps), bounds: { duplicates: 0, timers: 2 } });
  expect(result).toMatchObject({ cut: ['timers'], violation: null });
  const afterwards = explore(committedSteps, {
    start,
    ...participantsOf(committedSteps),
    bounds: { duplicates: 0, timers: 1, operator: 1 },
    operator: ['retry'],
  });
  expect(afterwards).toMatchObject({ cut: ['operator', 'timers'], violation: null });
});

test('a step that is not undone is found, with the steps as lifelines', () => {
  const saga = broken(twoSteps, 'b', ({ events: reactions }) => ({
    events: reacting(reactions, 'bFailed', () => ({ to: 'compensated', when: null, send: [] })),
  }));
  const { violation } = explore(saga, { start, ...participantsOf(saga, { compensationsFail: false }) });
  expect(violation?.property).toBe('a compensated instance has left nothing');
  expect(violation?.steps.map(({ name }) => name)).toEqual(['begun', 'doA', 'aDone', 'doB', 'bFailed']);
  expect(violation?.diagram).toContain('participant p2 as a\n  participant p3 as b');
});

test('S4: an outcome that stays unclear after the step was given up waits for a person, who decides', () => {
  const stays = { start, ...participantsOf(twoSteps, { unclear: 'stays' }), bounds: { duplicates: 0, timers: 2 } };
  expect(explore(twoSteps, stays)).toMatchObject({ cut: ['timers'], violation: null });
  const single = begun.step('a', lettered('a')).build(ends);
  const { violation } = explore(single, {
    start,
    ...participantsOf(single, { unclear: 'stays' }),
    operator: ['cancel', 'compensate', 'dismiss'],
    bounds: { duplicates: 1, operator: 2 },
  });
  expect(violation?.text ?? null).toBeNull();
});

test('what a person saw to counts as undone', () => {
  const single = begun.step('a', lettered('a')).build(ends);
  const options = { start, ...participantsOf(single), operator: ['skip'], bounds: { operator: 1, duplicates: 0 } };
  expect(explore(single, options).violation).toBeNull();
});

test('definitions that were written state by state are refused, and so are commands of two steps', () => {
  expect(() => participantsOf(orderSaga)).toThrow('Give one that was made by sagaSteps.');
  const shared = {
    ...twoSteps,
    steps: twoSteps.steps.map((step) => ({ ...step, command: 'doA' })),
    eventName: () => '',
    keyOf: () => '',
  };
  expect(() => participantsOf(shared)).toThrow('each step its own commands');
});

test('steps that leave nothing behind have no findings but names that the letters do not use', () => {
  expect(new Set(lint(twoSteps).map(({ rule }) => rule))).toEqual(new Set(['event-never-taken', 'command-never-sent']));
});
