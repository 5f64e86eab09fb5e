import { expect, test } from 'vitest';
import { planBatch } from '../../src/inbox/batch/plan-batch.ts';
import { receiveMessage } from '../../src/inbox/receive-message.ts';
import { forged } from './inbox-world.ts';
import { events, orderEnvelope } from './order-events.ts';

const received = (id: string, { key = id, attempt = 1 }: { key?: string | null; attempt?: number } = {}) =>
  receiveMessage(events, { ...orderEnvelope({ id }), key }, { attempt });
const plan = (...batch: readonly ReturnType<typeof received>[]) => planBatch(batch, ({ attempt }) => attempt === 1);

test('messages that may share a transaction share one, whatever stands between them', () => {
  const { phases } = plan(received('a'), received('b', { attempt: 2 }), received('c', { key: null }), received('d'));
  expect(phases).toEqual([[0, 2, 3], [1]]);
});

test('a message waits for those of its key before it, and for no others', () => {
  const key = 'k';
  const batch = [received('a', { key }), received('b', { key, attempt: 2 }), received('c', { key }), received('d')];
  expect(plan(...batch).phases).toEqual([[0, 3], [1], [2]]);
});

test('the same message again is a copy, another one under its id comes after it by itself', () => {
  const first = received('a');
  const other = receiveMessage(events, forged(first.envelope), {});
  const { phases, copies } = plan(first, first, other, received('b'));
  expect([phases, [...copies]]).toEqual([[[0, 3], [2]], [[1, 0]]]);
});

test('nothing is nothing', () => {
  expect(plan()).toEqual({ phases: [], copies: new Map() });
});
