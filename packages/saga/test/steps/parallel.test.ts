import { describe, expect, test } from 'vitest';
import { Drive } from './drive.ts';
import { begun, committed, ends, lettered } from './lettered-steps.ts';

const definition = begun
  .step('a', lettered('a'))
  .parallel('three', (group) =>
    group
      .step('b', lettered('b', { resend: 1, attempts: 2 }))
      .step('c', lettered('c'))
      .step('d', lettered('d', { unanswered: 'uncertain' })),
  )
  .step('e', lettered('e'))
  .build(ends);

function inGroup(): Drive {
  const drive = new Drive(definition);
  drive.event('begun');
  drive.event('aDone');
  return drive;
}

const orders = [
  ['b', 'c', 'd'],
  ['b', 'd', 'c'],
  ['c', 'b', 'd'],
  ['c', 'd', 'b'],
  ['d', 'b', 'c'],
  ['d', 'c', 'b'],
] as const;

test('the steps of a group are asked at once, each with its own timeout', () => {
  const drive = inGroup();
  expect([drive.state, drive.takeSent()]).toEqual(['three', ['doA', 'doB', 'doC', 'doD']]);
  expect([...drive.timers.keys()]).toEqual(['b:timeout', 'c:timeout', 'd:timeout']);
});

describe.each(orders)('answers in the order %s, %s, %s', (first, second, third) => {
  test('it goes on with the last success', () => {
    const drive = inGroup();
    drive.event(`${first}Done`);
    drive.event(`${second}Done`);
    expect([drive.state, [...drive.timers.keys()]]).toEqual(['three', [`${third}:timeout`]]);
    drive.event(`${third}Done`);
    expect([drive.state, [...drive.timers.keys()], drive.sent.at(-1)]).toEqual(['e', ['e:timeout'], 'doE']);
  });

  test('a failure waits for the others, and then all that was done is undone, the latest first', () => {
    const drive = inGroup();
    drive.takeSent();
    drive.event(`${first}Failed`);
    drive.timers.get(`${first}:retry`) !== undefined && drive.timer(`${first}:retry`);
    drive.event(`${first}Failed`);
    expect(drive.state).toBe('three');
    drive.event(`${second}Done`);
    expect(drive.state).toBe('three');
    drive.event(`${third}Done`);
    const done = ['d', 'c', 'b'].filter((step) => step !== first);
    expect(drive.state).toBe(`${done[0]}:compensating`);
    for (const step of [...done, 'a']) drive.event(`${step}Undone`);
    const undoing = [...done, 'a'].map((step) => `undo${step.toUpperCase()}`);
    expect([drive.state, drive.takeSent().filter((name) => name !== 'doB')]).toEqual([
      'compensated',
      [...undoing, 'compensated'],
    ]);
  });

  test('S4: an answer that is missing is waited for until its time is over, and is undone when it is late', () => {
    const drive = inGroup();
    drive.takeSent();
    drive.event(`${first}Done`);
    drive.timer(`${second}:timeout`);
    drive.timers.has(`${second}:timeout`) && drive.timer(`${second}:timeout`);
    expect(drive.state).toBe('three');
    drive.event(`${third}Done`);
    if (second === 'd') {
      expect(drive.state).toBe('three:uncertain');
      drive.operator('compensate');
    }
    expect(drive.state).toBe(`${second === 'd' ? 'd' : [first, third].sort().at(-1)}:compensating`);
    drive.event(`${second}Done`);
    for (const _ of [1, 2, 3, 4]) drive.event(`${drive.state.split(':')[0]}Undone`);
    expect(drive.state).toBe('compensated');
    expect([...drive.takeSent()].sort()).toEqual(
      ['undoA', 'undoB', 'undoC', 'undoD', 'compensated', ...(second === 'b' ? ['doB'] : [])].sort(),
    );
  });
});

test('a step of a group is tried again beside the others', () => {
  const drive = inGroup();
  drive.takeSent();
  drive.event('bFailed');
  expect([drive.state, drive.data.steps['b'], [...drive.timers.keys()].sort()]).toEqual([
    'three',
    'retrying',
    ['b:retry', 'c:timeout', 'd:timeout'],
  ]);
  drive.event('cDone');
  drive.event('dDone');
  expect(drive.state).toBe('three');
  drive.timer('b:retry');
  expect([drive.takeSent(), [...drive.timers.keys()]]).toEqual([['doB'], ['b:timeout']]);
  drive.event('bDone');
  expect(drive.state).toBe('e');
});

test('S7: a success that comes twice while others are waited for changes nothing', () => {
  const drive = inGroup();
  drive.event('bDone');
  expect(drive.event('bDone')).toEqual({ kind: 'ignored' });
  expect(drive.event('bFailed')).toEqual({ kind: 'ignored' });
});

test('all may fail', () => {
  const drive = inGroup();
  drive.event('cFailed');
  drive.event('dFailed');
  drive.timer('b:timeout');
  drive.event('bFailed');
  expect([drive.state, drive.data.failure?.step]).toEqual(['a:compensating', 'c']);
});

test('a success after the failure of the same step lets the group go on when the others succeed', () => {
  const drive = inGroup();
  drive.event('cFailed');
  drive.event('cDone');
  drive.event('bDone');
  drive.event('dDone');
  expect([drive.state, drive.data.failure]).toEqual(['e', null]);
});

test('what is uncertain waits for a person only when all others have answered, and is sent again alone', () => {
  const drive = inGroup();
  drive.takeSent();
  drive.event('dUnclear');
  drive.event('bDone');
  expect(drive.state).toBe('three');
  drive.event('cDone');
  expect([drive.state, drive.timers]).toEqual(['three:uncertain', new Map()]);
  drive.operator('retry');
  expect([drive.state, drive.takeSent(), drive.timers.has('d:timeout')]).toEqual(['three', ['doD'], true]);
  expect(drive.timers.has('b:timeout') ? drive.timer('b:timeout') : { kind: 'stale' }).toEqual({ kind: 'stale' });
  drive.event('dDone');
  expect([drive.state, [...drive.timers.keys()]]).toEqual(['e', ['e:timeout']]);
});

test('a person who cancels does not wait for the answers; those that succeed late are undone', () => {
  const drive = inGroup();
  drive.event('cDone');
  drive.takeSent();
  drive.operator('cancel');
  expect([drive.state, [...drive.timers.keys()], drive.data.failure?.step]).toEqual([
    'c:compensating',
    ['c:compensation'],
    'three',
  ]);
  drive.event('dDone');
  drive.event('cUndone');
  expect(drive.state).toBe('d:compensating');
  drive.event('dUndone');
  drive.event('aUndone');
  drive.event('bDone');
  drive.event('bUndone');
  expect([drive.state, drive.takeSent()]).toEqual(['compensated', ['undoC', 'undoD', 'undoA', 'compensated', 'undoB']]);
});

test('S5: a compensation that fails in a group holds back what was before the group, and not the others of it', () => {
  const drive = inGroup();
  drive.event('bDone');
  drive.event('dDone');
  drive.timer('c:timeout');
  drive.timer('d:compensation');
  drive.timer('d:compensation');
  expect(drive.state).toBe('b:compensating');
  drive.event('bUndone');
  expect(drive.state).toBe('d:compensation_failed');
  drive.takeSent();
  drive.event('cDone');
  expect(drive.state).toBe('c:compensating');
  drive.event('cUndone');
  expect(drive.state).toBe('d:compensation_failed');
  drive.operator('skip');
  drive.event('aUndone');
  expect([drive.state, drive.takeSent()]).toEqual(['compensated', ['undoC', 'undoA', 'compensated']]);
});

test('when a later step fails, a whole group is undone', () => {
  const drive = inGroup();
  for (const step of ['b', 'c', 'd']) drive.event(`${step}Done`);
  drive.takeSent();
  drive.event('eFailed');
  for (const step of ['d', 'c', 'b', 'a']) drive.event(`${step}Undone`);
  expect([drive.state, drive.takeSent()]).toEqual(['compensated', ['undoD', 'undoC', 'undoB', 'undoA', 'compensated']]);
});

test('steps of a group that send the same command send it once each', () => {
  const same = begun
    .parallel('both', (group) =>
      group
        .step('a', { ...lettered('a'), command: lettered('c').command })
        .step('b', { ...lettered('b'), command: lettered('c').command }),
    )
    .pointOfNoReturn()
    .step('c', committed('c'))
    .build();
  const drive = new Drive(same);
  drive.event('begun');
  expect(drive.takeSent()).toEqual(['doC', 'doC']);
});
