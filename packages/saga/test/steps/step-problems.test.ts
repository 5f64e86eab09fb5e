import { InvalidOptionError } from '@holdfast/core';
import { expect, test } from 'vitest';
import { InvalidSagaError } from '../../src/errors/invalid-saga-error.ts';
import { begun, committed, lettered } from './lettered-steps.ts';

function problemsOf(build: () => unknown): readonly string[] {
  try {
    build();
  } catch (error) {
    if (error instanceof InvalidSagaError) return error.problems;
    throw error;
  }
  return [];
}

const late = 'a late one could not be told apart, so use an event of its own for each.';

test('an event belongs to one step and says one thing', () => {
  const shared = begun.step('a', lettered('a')).step('b', { ...lettered('b'), failure: ['aFailed', 'begun'] });
  expect(problemsOf(() => shared.build())).toEqual([
    `The event "begun" begins it, and is a failure of step "b": ${late}`,
    `The event "aFailed" is a failure of step "a", and is a failure of step "b": ${late}`,
  ]);
  const own = begun.step('a', {
    ...lettered('a'),
    unclear: 'aDone',
    compensation: { ...lettered('a').compensation, success: 'aFailed', failure: 'aFailed' },
  });
  expect(problemsOf(() => own.build())).toEqual([
    `The event "aDone" is the success of step "a", and is the unclear outcome of step "a": ${late}`,
    `The event "aFailed" is a failure of step "a", and says that step "a" is undone, and says that step "a" could not be undone: ${late}`,
  ]);
});

test('steps may share a command', () => {
  const shared = begun.step('a', lettered('a')).step('b', { ...lettered('b'), command: lettered('a').command });
  expect(problemsOf(() => shared.build())).toEqual([]);
});

test.each(['completed', 'compensated', 'held', 'constructor', 'a:b', 'a.b', '1a', '', 'a'.repeat(41)])(
  'a step cannot be named %j',
  (name) => {
    expect(problemsOf(() => begun.step(name, lettered('a')).build())).toEqual([
      expect.stringContaining(`Name ${JSON.stringify(name)} otherwise: a letter and at most 39 letters`),
    ]);
  },
);

test('the longest name fits the names of its states', () => {
  expect(() => begun.step('a'.repeat(40), lettered('a')).build()).not.toThrow();
});

test('a name that is taken, a group without steps, and a saga without steps are refused', () => {
  const twice = begun.step('a', lettered('a')).parallel('b', (group) => group.step('b', lettered('b')));
  expect(problemsOf(() => twice.build())).toEqual(['Two steps or groups are named "b": rename one.']);
  expect(problemsOf(() => begun.parallel('none', (group) => group).build())).toEqual([
    'The parallel group "none" has no step: add one by "step".',
  ]);
  expect(problemsOf(() => begun.build())).toEqual(['It has no step: add one by "step".']);
});

test('undeclared names are refused where the compiler did not look', () => {
  const undeclared = begun.step('a', {
    ...lettered('a'),
    success: 'toString' as 'aDone',
    command: { ...lettered('a').command, name: 'other' as 'doA' },
  });
  expect(problemsOf(() => undeclared.build())).toEqual([
    'The event "toString" (is the success of step "a") is not declared in "events".',
    'The command "other" is not declared in "commands".',
  ]);
});

test.each([
  ['a.timeout.afterMs', { timeout: { afterMs: 0, unanswered: 'compensate' } }],
  ['a.timeout.resend', { timeout: { afterMs: 1, resend: -1, unanswered: 'compensate' } }],
  ['a.retry.attempts', { retry: { attempts: 0, delayMs: 1 } }],
  ['a.retry.delayMs', { retry: { attempts: 1, delayMs: Number.NaN } }],
  ['a.retry.factor', { retry: { attempts: 1, delayMs: 1, factor: 0.5 } }],
  ['a.compensation.attempts', { compensation: { ...lettered('a').compensation, attempts: 0 } }],
  ['a.compensation.timeoutMs', { compensation: { ...lettered('a').compensation, timeoutMs: 0 } }],
] as const)('%s is checked where it is said', (option, wrong) => {
  expect(() => begun.step('a', { ...lettered('a'), ...wrong })).toThrow(InvalidOptionError);
  expect(() => begun.step('a', { ...lettered('a'), ...wrong })).toThrow(`"${option}"`);
});

test('a word that is no outcome of a timeout is refused where it is said', () => {
  const timeout = { afterMs: 1, unanswered: 'stuck' as 'compensate' };
  expect(() => begun.step('a', { ...lettered('a'), timeout })).toThrow('"a.timeout.unanswered"');
  const after = { afterMs: 1, unanswered: 'compensate' as 'stuck' };
  expect(() => begun.pointOfNoReturn().step('a', { ...committed('a'), timeout: after })).toThrow(
    '"a.timeout.unanswered"',
  );
});

test('a compensation after the point of no return is refused where the compiler did not look', () => {
  const { compensation } = lettered('a');
  const wrong = { ...committed('a'), compensation };
  expect(() => begun.pointOfNoReturn().step('a', wrong)).toThrow('"a.compensation"');
});
