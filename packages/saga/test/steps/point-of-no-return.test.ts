import { expect, test } from 'vitest';
import { Drive } from './drive.ts';
import { begun, committed, ends, lettered } from './lettered-steps.ts';

const definition = begun
  .step('a', lettered('a'))
  .pointOfNoReturn()
  .step('b', committed('b', { resend: 1, attempts: 2 }))
  .step('c', { ...committed('c'), timeout: { afterMs: 100, unanswered: 'uncertain' } })
  .build(ends);

function passed(): Drive {
  const drive = new Drive(definition);
  drive.event('begun');
  drive.event('aDone');
  drive.takeSent();
  return drive;
}

function stuck(): Drive {
  const drive = passed();
  drive.event('bFailed');
  drive.timer('b:retry');
  drive.event('bFailed');
  drive.takeSent();
  return drive;
}

test('before the point of no return a failure undoes', () => {
  const drive = new Drive(definition);
  drive.event('begun');
  drive.event('aFailed');
  expect(drive.state).toBe('compensated');
});

test('after it a failure undoes nothing: it is tried again, and then waits for a person', () => {
  const drive = stuck();
  expect([drive.state, drive.data.steps, drive.timers]).toEqual(['b:stuck', { a: 'done', b: 'failed' }, new Map()]);
});

test('after it nobody can cancel', () => {
  expect(passed().operator('cancel')).toEqual({ kind: 'refused' });
  expect(stuck().operator('cancel')).toEqual({ kind: 'refused' });
  const states = [...definition.states.values()].filter(
    ({ operator }) => operator.has('cancel') || operator.has('compensate'),
  );
  expect(states.map(({ name }) => name)).toEqual(['a', 'a:uncertain']);
});

test('a person can have it sent again until it succeeds, and no failure is left', () => {
  const drive = stuck();
  drive.operator('retry');
  expect([drive.state, drive.takeSent(), drive.data.attempts['b']]).toEqual(['b', ['doB'], 1]);
  drive.event('bDone');
  drive.event('cDone');
  expect([drive.state, drive.takeSent(), drive.data.failure]).toEqual(['completed', ['doC', 'completed'], null]);
});

test('S4: a step that does not answer is sent again, and then waits for a person or its late answer', () => {
  const drive = passed();
  drive.timer('b:timeout');
  expect([drive.state, drive.takeSent()]).toEqual(['b', ['doB']]);
  drive.timer('b:timeout');
  expect([drive.state, drive.data.steps['b']]).toEqual(['b:stuck', 'unknown']);
  drive.event('bFailed');
  expect([drive.state, drive.data.steps['b']]).toEqual(['b:stuck', 'failed']);
  drive.event('bDone');
  expect(drive.state).toBe('c');
});

test('what is uncertain after it can be sent again, and not be given up', () => {
  const drive = passed();
  drive.event('bDone');
  drive.timer('c:timeout');
  expect([drive.state, drive.operator('compensate'), drive.operator('cancel')]).toEqual([
    'c:uncertain',
    { kind: 'refused' },
    { kind: 'refused' },
  ]);
  drive.operator('retry');
  drive.event('cDone');
  expect(drive.state).toBe('completed');
});

test('when nothing can be undone from the first step on, it ends in no other way', () => {
  const all = begun.pointOfNoReturn().step('a', committed('a')).build();
  expect([...all.states.keys()]).toEqual(['a', 'a:uncertain', 'a:stuck', 'completed']);
});

test('steps at the same time after it: what failed is sent again alone, and nothing is undone', () => {
  const both = begun
    .step('a', lettered('a'))
    .pointOfNoReturn()
    .parallel('both', (group) => group.step('b', committed('b')).step('c', committed('c')))
    .step('d', committed('d'))
    .build(ends);
  const drive = new Drive(both);
  drive.event('begun');
  drive.event('aDone');
  drive.event('bFailed');
  expect(drive.state).toBe('both');
  drive.event('cDone');
  expect(drive.state).toBe('both:stuck');
  drive.takeSent();
  drive.operator('retry');
  expect([drive.state, drive.takeSent()]).toEqual(['both', ['doB']]);
  drive.timer('b:timeout');
  expect(drive.state).toBe('both:stuck');
  drive.event('bDone');
  expect([drive.state, drive.data.failure, [...drive.timers.keys()]]).toEqual(['d', null, ['d:timeout']]);
});
