import type { Envelope } from '@holdfast/core';
import { expect, test } from 'vitest';
import { WorkflowFeed } from '../src/saga/workflow-feed.ts';

const TYPES = ['order.placed', 'payment.succeeded', 'inventory.reserved', 'delivery.booked'];

function recorded(batch: number) {
  const handled: (readonly Envelope[])[] = [];
  const handle = async (messages: readonly Envelope[]) => void handled.push(messages);
  return { handled, feed: new WorkflowFeed({ name: 'recorded', batch, concurrency: 1, handle }) };
}

test('a workflow has four events of one order, in the order in which they would come', async () => {
  const { handled, feed } = recorded(1);
  expect(await feed.run()).toBe(1);
  expect(handled.flat().map(({ type }) => type)).toEqual(TYPES);
  expect(new Set(handled.flat().map(({ key }) => key)).size).toBe(1);
});

test('the workflows of a batch move together, each of another order, and an event that was handled does not come again', async () => {
  const { handled, feed } = recorded(3);
  feed.prepare(6);
  for (let step = 0; step < 5; step += 1) expect(await feed.step()).toBe(3);
  expect(handled.map((messages) => new Set(messages.map(({ type }) => type)))).toEqual(
    [...TYPES, 'order.placed'].map((type) => new Set([type])),
  );
  expect(new Set(handled[0]?.map(({ key }) => key)).size).toBe(3);
  expect(new Set(handled.flat().map(({ id }) => id)).size).toBe(15);
});
