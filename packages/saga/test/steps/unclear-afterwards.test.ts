import { beforeEach, describe, expect, test } from 'vitest';
import { Drive } from './drive.ts';
import { begun, ends, lettered } from './lettered-steps.ts';
import { placed } from './order-drives.ts';
import { orderSteps } from './order-steps.ts';

const twoSteps = begun.step('a', lettered('a')).step('b', lettered('b')).build(ends);
const group = begun
  .step('a', lettered('a'))
  .parallel('both', (both) =>
    both
      .step('b', lettered('b'))
      .step('c', lettered('c'))
      .step('d', { ...lettered('d'), compensation: 'none needed' }),
  )
  .build(ends);

let drive: Drive;

function begin(definition: typeof twoSteps | typeof group, ...given: readonly string[]): void {
  drive = new Drive(definition as typeof twoSteps);
  drive.event('begun');
  for (const input of given) {
    if (input.includes(':')) drive.timer(input);
    else drive.event(input);
  }
  drive.takeSent();
}

describe('S4: an outcome that is said to be unclear when its step was given up', () => {
  test('is remembered while another step is undone, and asked for before the end is told', () => {
    begin(twoSteps, 'aDone', 'b:timeout', 'bUnclear');
    expect([drive.state, drive.data.steps['b'], drive.timers.has('a:compensation')]).toEqual([
      'a:compensating',
      'unclear',
      true,
    ]);
    drive.event('aUndone');
    expect([drive.state, drive.takeSent(), drive.timers]).toEqual(['b:uncertain', [], new Map()]);
  });

  test('is remembered while a person has to see to a compensation', () => {
    begin(twoSteps, 'aDone', 'b:timeout', 'a:compensation', 'a:compensation', 'bUnclear');
    expect(drive.state).toBe('a:compensation_failed');
    drive.operator('skip');
    expect(drive.state).toBe('b:uncertain');
  });

  test('is remembered while the last compensation is given up', () => {
    begin(twoSteps, 'aDone', 'b:timeout', 'bUnclear', 'a:compensation', 'a:compensation');
    expect(drive.state).toBe('a:compensation_failed');
    drive.event('aUndone');
    expect(drive.state).toBe('b:uncertain');
  });

  test('opens what was over', () => {
    begin(twoSteps, 'a:timeout', 'aUnclear');
    expect(drive.state).toBe('a:uncertain');
    expect(drive.event('aUnclear')).toEqual({ kind: 'ignored' });
  });

  test('says nothing new of a step that failed and was sent once, or is undone', () => {
    begin(twoSteps, 'aFailed');
    expect(drive.event('aUnclear')).toEqual({ kind: 'ignored' });
    begin(twoSteps, 'aDone', 'bFailed', 'aUndone');
    expect(drive.event('aUnclear')).toEqual({ kind: 'ignored' });
  });

  test('counts for one that failed when it was sent twice', () => {
    begin(begun.step('a', lettered('a', { resend: 1 })).build(ends) as typeof twoSteps, 'a:timeout', 'aFailed');
    expect(drive.state).toBe('compensated');
    drive.event('aUnclear');
    expect(drive.state).toBe('a:uncertain');
  });
});

describe('what is unclear when all else is undone', () => {
  beforeEach(() => begin(twoSteps, 'aDone', 'b:timeout', 'bUnclear', 'aUndone'));

  test('is undone when its success is late', () => {
    drive.event('bDone');
    expect([drive.state, drive.data.steps['b']]).toEqual(['b:compensating', 'undoing']);
    drive.event('bUndone');
    expect([drive.state, drive.takeSent()]).toEqual(['compensated', ['undoB', 'compensated']]);
  });

  test('ends with its late failure', () => {
    drive.event('bFailed');
    expect([drive.state, drive.data.steps['b'], drive.takeSent()]).toEqual(['compensated', 'failed', ['compensated']]);
  });

  test('is undone as if it had been done when a person says so', () => {
    drive.operator('compensate');
    expect([drive.state, drive.takeSent(), drive.timers.has('b:compensation')]).toEqual([
      'b:compensating',
      ['undoB'],
      true,
    ]);
    drive.event('bUndone');
    expect([drive.state, drive.takeSent()]).toEqual(['compensated', ['compensated']]);
  });

  test('ends when a person says that nothing happened; a success after all is undone, and another unclear outcome asked for', () => {
    drive.operator('dismiss');
    expect([drive.state, drive.data.steps['b'], drive.takeSent()]).toEqual([
      'compensated',
      'dismissed',
      ['compensated'],
    ]);
    drive.event('bUnclear');
    expect(drive.state).toBe('b:uncertain');
    drive.operator('dismiss');
    drive.event('bDone');
    expect([drive.state, drive.takeSent()]).toEqual(['b:compensating', ['undoB']]);
  });

  test.each(['retry', 'cancel'])('cannot be answered by %s', (action) => {
    expect([drive.operator(action), drive.state]).toEqual([{ kind: 'refused' }, 'b:uncertain']);
  });
});

test('what is uncertain while the saga goes forward cannot be dismissed: nobody has given it up', () => {
  begin(twoSteps, 'aUnclear');
  expect([drive.operator('dismiss'), drive.state]).toEqual([{ kind: 'refused' }, 'a:uncertain']);
});

describe('a parallel group', () => {
  test('that waits remembers an unclear outcome of a step whose time is over', () => {
    begin(group, 'aDone', 'b:timeout', 'bUnclear', 'cDone');
    expect([drive.state, drive.data.steps['b']]).toEqual(['both', 'unclear']);
    drive.event('dDone');
    for (const step of ['c', 'a']) drive.event(`${step}Undone`);
    expect([drive.state, drive.takeSent()]).toEqual(['both:uncertain', ['undoC', 'undoA']]);
  });

  test('goes on when the unclear step succeeds while the others are waited for', () => {
    const both = begun.parallel('both', (one) => one.step('a', lettered('a')).step('b', lettered('b'))).build(ends);
    begin(both as unknown as typeof group, 'b:timeout', 'bUnclear', 'bDone', 'aDone');
    expect([drive.state, drive.data.failure]).toEqual(['completed', null]);
  });

  test('that is cancelled while one of it is uncertain asks for that one when all else is undone', () => {
    begin(group, 'aDone', 'bUnclear', 'cDone');
    drive.operator('cancel');
    expect(drive.data.steps).toMatchObject({ b: 'unclear', d: 'unknown' });
    drive.event('cUndone');
    drive.event('dUnclear');
    drive.event('aUndone');
    expect([drive.state, drive.data.steps['d']]).toEqual(['both:uncertain', 'unclear']);
  });

  test('asks for several that are unclear; each answer settles one, and a person the rest', () => {
    begin(group, 'aDone', 'b:timeout', 'c:timeout', 'd:timeout', 'bUnclear', 'aUndone');
    expect(drive.state).toBe('both:uncertain');
    drive.event('cUnclear');
    drive.event('dUnclear');
    drive.event('bFailed');
    expect([drive.state, drive.data.steps]).toMatchObject([
      'both:uncertain',
      { b: 'failed', c: 'unclear', d: 'unclear' },
    ]);
    drive.event('dDone');
    expect([drive.state, drive.data.steps['d']]).toEqual(['both:uncertain', 'undone']);
    drive.operator('dismiss');
    expect([drive.state, drive.takeSent()]).toEqual(['compensated', ['compensated']]);
  });

  test('undoes all that are unclear, the latest first, when a person says so; those without compensation are left', () => {
    begin(group, 'aDone', 'b:timeout', 'c:timeout', 'd:timeout', 'bUnclear', 'cUnclear', 'dUnclear', 'aUndone');
    drive.takeSent();
    drive.operator('compensate');
    expect(drive.state).toBe('c:compensating');
    drive.event('cUndone');
    expect(drive.state).toBe('b:compensating');
    drive.event('bUndone');
    expect([drive.state, drive.takeSent(), drive.data.steps['d']]).toEqual([
      'compensated',
      ['undoC', 'undoB', 'compensated'],
      'undone',
    ]);
  });

  test('undoes a late success first, and asks again for what is still unclear', () => {
    begin(group, 'aDone', 'b:timeout', 'c:timeout', 'd:timeout', 'bUnclear', 'cUnclear', 'aUndone', 'cDone');
    expect(drive.state).toBe('c:compensating');
    drive.event('cUndone');
    expect([drive.state, drive.data.ends]).toEqual(['both:uncertain', 0]);
  });
});

test('a compensation that needs the result of a step says so when a person has it undone without one, and nothing is changed', () => {
  drive = placed();
  drive.operator('cancel');
  drive.event('paymentUnclear');
  expect(drive.state).toBe('payment:uncertain');
  expect(() => drive.operator('compensate')).toThrow('Force its success event with what is known of it');
  expect(drive.state).toBe('payment:uncertain');
  drive.event('paymentSucceeded', { paymentId: 'p1' });
  expect([drive.state, drive.payloads.at(-1)]).toEqual(['payment:compensating', { orderId: 'o1', paymentId: 'p1' }]);
});

test('guards of a saga that is made of steps are named, so that diagrams can be read', () => {
  const unnamed = [twoSteps, group, orderSteps].flatMap((definition) =>
    [...definition.states.values()].flatMap(({ events, operator, timers }) =>
      [...events.values(), ...operator.values(), ...[...timers.values()].map(({ transitions }) => transitions)]
        .flat()
        .filter(({ when, label }) => when !== null && label === null),
    ),
  );
  expect(unnamed).toEqual([]);
});
