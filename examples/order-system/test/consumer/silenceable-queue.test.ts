import { MessageEncoder } from '@holdfast/core';
import { MemoryBroker } from '@holdfast/transports/memory';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SilenceableQueue } from '../../src/consumer/silenceable-queue.ts';

const encoder = new MessageEncoder({ source: '/orders' });
const message = () => encoder.encode({ type: 'a.b', data: {}, key: 'A' });

let broker: MemoryBroker;
let queue: SilenceableQueue;
beforeEach(async () => {
  broker = new MemoryBroker();
  await broker.declare({ queue: 'delivery', types: ['a.b'], leaseMs: 60_000 });
  queue = new SilenceableQueue({ queue: broker.reader('delivery') });
});
afterEach(() => broker.close());

test('a silent service takes nothing, and everything that has waited when it may speak', async () => {
  queue.silence();
  expect(queue.isSilent).toBe(true);
  await broker.publish([message(), message()]);
  expect(await queue.pull(10, { waitMs: 1 })).toEqual([]);
  queue.speak();
  expect(await queue.pull(10, { waitMs: 1 })).toHaveLength(2);
});

test('who waits for messages when it is silenced gets none', async () => {
  const waiting = queue.pull(10, { waitMs: 600_000 });
  queue.silence();
  await broker.publish([message()]);
  expect(await waiting).toEqual([]);
});

test('who waits in silence waits no longer than that', async () => {
  queue.silence();
  const waiting = queue.pull(10, { waitMs: 600_000 });
  queue.speak();
  expect(await waiting).toEqual([]);
  const stop = new AbortController();
  queue.silence();
  const stopped = queue.pull(10, { waitMs: 600_000, signal: stop.signal });
  stop.abort();
  expect(await stopped).toEqual([]);
});
