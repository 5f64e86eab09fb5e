import { MessageEncoder, OverloadedError, PermanentError } from '@holdfast/core';
import { MemoryBroker } from '@holdfast/transports/memory';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConcurrentConsumer, type ConcurrentConsumerOptions } from '../../src/consumer/concurrent-consumer.ts';

const encoder = new MessageEncoder({ source: '/orders' });
const envelope = () => encoder.encode({ type: 't', data: {} });

let broker: MemoryBroker;
let consumer: ConcurrentConsumer | null;
const errors: unknown[] = [];
beforeEach(async () => {
  broker = new MemoryBroker();
  errors.length = 0;
  await broker.declare({ queue: 'test', types: ['t'] });
});
afterEach(async () => {
  await consumer?.stop();
  await broker.close();
});

function start(handle: ConcurrentConsumerOptions['handle'], concurrency = 10): ConcurrentConsumer {
  const queue = broker.reader('test');
  consumer = new ConcurrentConsumer({
    name: 'test',
    types: ['t'],
    queue,
    handle,
    concurrency,
    onError: (error) => errors.push(error),
  });
  consumer.start();
  return consumer;
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 5));
}

const left = async () => {
  const { ready, leased, delayed } = await broker.stats('test');
  return ready + leased + delayed;
};

test('messages are worked on at the same time, and never more than allowed', async () => {
  const release = Promise.withResolvers<void>();
  let most = 0;
  const it = start(async () => {
    most = Math.max(most, it.runningCount);
    await release.promise;
    return 'applied';
  }, 3);
  await broker.publish(Array.from({ length: 8 }, envelope));
  await until(() => it.runningCount === 3);
  release.resolve();
  await until(async () => (await left()) === 0);
  expect([it.appliedCount, most <= 3]).toEqual([8, true]);
});

test('a failure that passes comes again, when it says so, and a duplicate is counted', async () => {
  const attempts: number[] = [];
  const it = start(async (_, attempt) => {
    attempts.push(attempt);
    if (attempt === 1) throw new OverloadedError('planted', { retryAfterMs: 1 });
    return 'duplicate';
  });
  await broker.publish([envelope()]);
  await until(async () => (await left()) === 0);
  expect([attempts, it.duplicateCount, errors.length]).toEqual([[1, 2], 1, 1]);
});

test('a message that was handed back is not settled, although some brokers do not count it', async () => {
  const it = start(() => Promise.reject(new OverloadedError('planted', { retryAfterMs: 600_000 })));
  await broker.publish([envelope()]);
  await until(() => it.runningCount === 0 && errors.length === 1);
  expect(it.unsettledCount).toBe(1);
});

test('a failure for good puts the message aside', async () => {
  start(() => Promise.reject(new PermanentError('planted')));
  await broker.publish([envelope()]);
  await until(async () => (await broker.stats('test')).dead === 1);
  expect((await broker.deadLetters('test'))[0]?.reason).toMatch(/planted/);
});

test('it stops when what it has begun is done', async () => {
  const release = Promise.withResolvers<void>();
  const it = start(async () => {
    await release.promise;
    return 'applied';
  });
  await broker.publish([envelope()]);
  await until(() => it.runningCount === 1);
  const stopped = it.stop();
  release.resolve();
  await stopped;
  expect([it.runningCount, it.appliedCount, await left()]).toEqual([0, 1, 0]);
});
