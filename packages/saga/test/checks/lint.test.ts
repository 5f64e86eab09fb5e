import { defineEvent } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { lint } from '../../src/checks/index.ts';
import { active, attention, compensating, defineSaga, final, type SagaDefinition } from '../../src/index.ts';
import { orderSaga } from '../shop/order-saga.ts';

const of = <const Type extends string>(type: Type) => defineEvent(type, { versions: { 1: z.object({}) } });
const events = { began: of('began'), paid: of('paid'), failed: of('failed') };
const commands = { pay: of('pay') };
const states = { paying: active(), undoing: compensating(), stuck: attention(), over: final() };
const common = { name: 'linted', events, commands, states, timers: ['patience'], retentionMs: 1 } as const;
const start = { began: { to: 'paying', data: () => ({}), send: { pay: () => ({}) } } } as const;
const paying = {
  events: { paid: { to: 'over' }, failed: { to: 'undoing' } },
  timers: { patience: { afterMs: 1, take: { to: 'stuck' } } },
} as const;
const undoing = {
  events: { paid: { to: 'over' } },
  timers: { patience: { afterMs: 1, take: { to: 'stuck' } } },
} as const;
const stuck = { operator: { resume: { to: 'undoing' } } } as const;
const clean = { ...common, start, unexpected: 'ignore', unmatched: 'ignore', on: { paying, undoing, stuck } } as const;

/** The rules that are broken, with what the findings name. */
function broken(definition: SagaDefinition): readonly unknown[] {
  return lint(definition).map(({ message, ...finding }) => {
    expect(message).toMatch(/^[A-Z].*[:.].*\.$/);
    return finding;
  });
}

test('definitions that are in order have no findings', () => {
  expect(lint(defineSaga(clean))).toEqual([]);
  expect(lint(orderSaga)).toEqual([]);
});

describe('states', () => {
  test('a state that nothing leads to is found', () => {
    const on = {
      paying: { ...paying, events: { paid: { to: 'over' }, failed: {} } },
      undoing,
      stuck: { operator: { give_up: { to: 'over' } } },
    } as const;
    expect(broken(defineSaga({ ...clean, on }))).toEqual([{ rule: 'unreachable-state', state: 'undoing' }]);
  });

  test('a state that nothing leads out of is found', () => {
    const on = { paying, stuck, undoing: { events: { paid: { send: { pay: () => ({}) } } } } } as const;
    expect(broken(defineSaga({ ...clean, on }))).toEqual([{ rule: 'dead-end', state: 'undoing' }]);
  });

  test('a state that only events lead out of is found, also when people may act there', () => {
    const on = {
      paying,
      stuck,
      undoing: { events: { paid: { to: 'over' } }, operator: { skip: { to: 'over' } } },
    } as const;
    expect(broken(defineSaga({ ...clean, on }))).toEqual([{ rule: 'no-timeout', state: 'undoing' }]);
  });

  test('a timer that some transition schedules is a timeout, and one that nobody sets is not', () => {
    const waiting = { events: { paid: { to: 'over' } }, timers: { pause: { to: 'stuck' } } } as const;
    const timers = ['patience', 'pause'] as const;
    const failed = { to: 'undoing', schedule: { pause: 5 } } as const;
    const scheduled = { paying: { ...paying, events: { ...paying.events, failed } }, stuck, undoing: waiting } as const;
    expect(broken(defineSaga({ ...clean, timers, on: scheduled }))).toEqual([]);
    expect(broken(defineSaga({ ...clean, timers, on: { paying, stuck, undoing: waiting } }))).toEqual([
      { rule: 'no-timeout', state: 'undoing' },
      { rule: 'timer-never-set', timer: 'pause' },
    ]);
  });

  test('a state that waits for a person who can do nothing is found', () => {
    expect(broken(defineSaga({ ...clean, on: { paying, undoing } }))).toEqual([
      { rule: 'attention-without-action', state: 'stuck' },
    ]);
  });

  test('a transition behind one that always holds is found, and one behind a guard is not', () => {
    const guarded = [{ when: () => true, to: 'over' }, { to: 'stuck' }] as const;
    const hidden = [guarded[1], guarded[0]] as const;
    const onPaid = (paid: typeof guarded | typeof hidden) =>
      defineSaga({ ...clean, on: { paying, stuck, undoing: { ...undoing, events: { paid } } } });
    expect(broken(onPaid(guarded))).toEqual([]);
    expect(broken(onPaid(hidden))).toEqual([{ rule: 'shadowed-transition', state: 'undoing' }]);
    const begun = { to: 'paying', data: () => ({}) } as const;
    const twice = { began: [start.began, begun] } as const;
    expect(broken(defineSaga({ ...clean, start: twice }))).toEqual([{ rule: 'shadowed-transition' }]);
  });
});

describe('names', () => {
  test('an event that nobody takes is found', () => {
    const saga = defineSaga({ ...clean, events: { ...events, seen: of('seen') } });
    expect(broken(saga)).toEqual([{ rule: 'event-never-taken', event: 'seen' }]);
  });

  test('a command that nobody sends is found', () => {
    const saga = defineSaga({ ...clean, commands: { ...commands, refund: of('refund') } });
    expect(broken(saga)).toEqual([{ rule: 'command-never-sent', command: 'refund' }]);
  });

  test('a timer that nobody takes is found', () => {
    const saga = defineSaga({ ...clean, timers: ['patience', 'pause'] });
    expect(broken(saga)).toEqual([{ rule: 'timer-never-taken', timer: 'pause' }]);
  });
});

describe('timers', () => {
  const timers = ['patience', 'deadline'] as const;
  const deadline = { deadline: { to: 'stuck' } } as const;
  const begun = { began: { ...start.began, schedule: { deadline: 9 } } } as const;
  const withDeadline = { ...paying, timers: { ...paying.timers, ...deadline } } as const;

  test('a timer that may run out where nobody takes it is found', () => {
    const saga = defineSaga({ ...clean, timers, start: begun, on: { paying: withDeadline, undoing, stuck } });
    expect(broken(saga)).toEqual([
      { rule: 'timer-lost', state: 'undoing', timer: 'deadline' },
      { rule: 'timer-lost', state: 'stuck', timer: 'deadline' },
    ]);
  });

  test('a timer that is cancelled on the way, or taken everywhere, is none of these', () => {
    const cancel = ['deadline'] as const;
    const leaving = {
      events: { paid: { to: 'over' }, failed: { to: 'undoing', cancel } },
      timers: { patience: { afterMs: 1, take: { to: 'stuck', cancel } }, ...deadline },
    } as const;
    const cancelled = { paying: leaving, undoing, stuck } as const;
    expect(broken(defineSaga({ ...clean, timers, start: begun, on: cancelled }))).toEqual([]);
    const taken = {
      paying: withDeadline,
      undoing: { ...undoing, timers: { ...undoing.timers, ...deadline } },
      stuck: { ...stuck, timers: { deadline: {} } },
    } as const;
    expect(broken(defineSaga({ ...clean, timers, start: begun, on: taken }))).toEqual([]);
  });
});

test('an event that is parked for ever is found, and one that a later state takes is not', () => {
  const parked = { ...undoing, unexpected: { failed: 'park' } } as const;
  expect(
    broken(
      defineSaga({
        ...clean,
        on: { paying, undoing: parked, stuck: { operator: { end: { to: 'over' } } } },
        unexpected: 'fail',
      }),
    ),
  ).toEqual([{ rule: 'parked-for-ever', state: 'undoing', event: 'failed' }]);
  const later = { ...stuck, events: { failed: {} } } as const;
  expect(broken(defineSaga({ ...clean, on: { paying, undoing: parked, stuck: later }, unexpected: 'fail' }))).toEqual(
    [],
  );
});

describe('steps', () => {
  const plan = {
    stage: 0,
    state: 'paying',
    command: 'pay',
    success: 'paid',
    failures: ['failed'],
    unclear: null,
    timeout: null,
    attempts: 1,
    compensation: null,
    afterPointOfNoReturn: false,
    canFail: true,
  };
  const undone = { command: 'pay', success: 'paid', failure: null, attempts: 1 };
  const withSteps = (...steps: readonly Partial<SagaDefinition['steps'][number]>[]): SagaDefinition => ({
    ...defineSaga(clean),
    steps: steps.map((step, index) => ({ ...plan, name: `step${index + 1}`, stage: index, ...step })),
  });

  test('a step without compensation before one that may fail is found', () => {
    expect(broken(withSteps({}, {}))).toEqual([{ rule: 'missing-compensation', step: 'step1' }]);
    expect(broken(withSteps({ compensation: undone }, {}))).toEqual([]);
    expect(broken(withSteps({}, { canFail: false }))).toEqual([]);
    expect(broken(withSteps({}, { afterPointOfNoReturn: true }))).toEqual([]);
    expect(broken(withSteps({}, { stage: 0, compensation: undone }))).toEqual([
      { rule: 'missing-compensation', step: 'step1' },
    ]);
  });

  test('a step without compensation whose success may be late is found', () => {
    const timeout = { afterMs: 1, resend: 0, unanswered: 'compensate' } as const;
    expect(broken(withSteps({ timeout }))).toEqual([{ rule: 'missing-compensation', step: 'step1' }]);
    expect(broken(withSteps({ timeout, afterPointOfNoReturn: true }))).toEqual([]);
    expect(broken(withSteps({ timeout: { ...timeout, unanswered: 'uncertain' } }))).toEqual([]);
  });

  test('a finding that is accepted is left out, and no other', () => {
    const saga = withSteps({}, {}, {});
    expect(lint(saga, { accept: [{ rule: 'missing-compensation', step: 'step1' }] })).toMatchObject([
      { step: 'step2' },
    ]);
    expect(lint(saga, { accept: [{ rule: 'missing-compensation' }] })).toEqual([]);
    expect(lint(saga, { accept: [{ rule: 'dead-end' }] })).toHaveLength(2);
  });
});
