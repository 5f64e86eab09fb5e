import { expect, test } from 'vitest';
import { RunGate } from '../../src/inbox/run-gate.ts';

const never = new AbortController().signal;

/** Enters and tells when it was let in. */
function entered(gate: RunGate, way: 'shared' | 'alone', signal = never): { readonly isIn: () => boolean } {
  let isIn = false;
  gate.enter(way, signal).then(
    () => {
      isIn = true;
    },
    () => {},
  );
  return { isIn: () => isIn };
}

/** Everything that waits for no time and no gate has happened. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test('any number run side by side', () => {
  const gate = new RunGate();
  expect([gate.tryEnter(), gate.tryEnter(), gate.tryEnter()]).toEqual([true, true, true]);
});

test('one that wants to be alone waits for those that run, and those that come later wait for it', async () => {
  const gate = new RunGate();
  gate.tryEnter();
  gate.tryEnter();
  const alone = entered(gate, 'alone');
  expect(gate.tryEnter()).toBe(false);
  const later = [entered(gate, 'shared'), entered(gate, 'shared')];
  gate.leave();
  await settled();
  expect(alone.isIn()).toBe(false);
  gate.leave();
  await settled();
  expect(alone.isIn()).toBe(true);
  expect(later.map(({ isIn }) => isIn())).toEqual([false, false]);
  expect(gate.tryEnter()).toBe(false);
  gate.leave();
  await settled();
  expect(later.map(({ isIn }) => isIn())).toEqual([true, true]);
});

test('those that want to be alone run one after another', async () => {
  const gate = new RunGate();
  const alone = [entered(gate, 'alone'), entered(gate, 'alone'), entered(gate, 'alone')];
  for (const count of [1, 2, 3]) {
    await settled();
    expect(alone.filter(({ isIn }) => isIn())).toHaveLength(count);
    gate.leave();
  }
  expect(gate.tryEnter()).toBe(true);
});

test('one that gives up waiting makes room for those behind it', async () => {
  const gate = new RunGate();
  gate.tryEnter();
  const controller = new AbortController();
  const given = gate.enter('alone', controller.signal);
  const behind = entered(gate, 'shared');
  await settled();
  expect(behind.isIn()).toBe(false);
  controller.abort(new Error('no longer wanted'));
  await expect(given).rejects.toThrow('no longer wanted');
  await settled();
  expect(behind.isIn()).toBe(true);
  await expect(gate.enter('shared', controller.signal)).rejects.toThrow('no longer wanted');
});

test('a signal that is aborted after the entry changes nothing', async () => {
  const gate = new RunGate();
  const controller = new AbortController();
  await gate.enter('alone', controller.signal);
  controller.abort();
  expect(gate.tryEnter()).toBe(false);
  gate.leave();
  expect(gate.tryEnter()).toBe(true);
});
