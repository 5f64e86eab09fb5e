import type { OutgoingMessage } from '@holdfast/core';
import { ManualClock } from '@holdfast/core/testing';
import { WorkOverdueError } from '@holdfast/inbox-dedup/http';
import { describe, expect, test, vi } from 'vitest';
import { order, sqliteShop } from './shop.ts';

const placed: OutgoingMessage = { type: 'order.placed', data: { item: 'lamp' } };

test('an answer whose body never ends is given up after maxWorkMs, rolled back, and its key is free', async () => {
  const clock = new ManualClock();
  const shop = await sqliteShop();
  shop.watched.renewal = async () => true;
  const idempotency = shop.idempotency({ clock, maxWorkMs: 1_000 });
  const cancelled = vi.fn();
  const pulled = Promise.withResolvers<void>();
  const stalled = new ReadableStream({
    pull(controller) {
      controller.enqueue(new Uint8Array(10));
      pulled.resolve();
      return new Promise(() => {});
    },
    cancel: cancelled,
  });
  const running = idempotency.handle(order(), async (request, context) => {
    await shop.placeOrder(request, context);
    return new Response(stalled);
  });
  const failed = expect(running).rejects.toThrow(WorkOverdueError);
  await pulled.promise;
  await clock.advance(1_000);
  await failed;
  expect(cancelled).toHaveBeenCalledTimes(1);
  expect([await shop.orders(), await shop.keys()]).toEqual([[], []]);
  await idempotency.close();
});

test('maxWorkMs aborts the work also while a renewal waits for its answer', async () => {
  const clock = new ManualClock();
  const shop = await sqliteShop();
  const renewal = Promise.withResolvers<boolean>();
  shop.watched.renewal = () => renewal.promise;
  const reached = Promise.withResolvers<AbortSignal>();
  const idempotency = shop.idempotency({ clock, leaseMs: 3_000, maxWorkMs: 5_000 });
  const running = idempotency.handle(order(), async (_request, { signal }) => {
    reached.resolve(signal);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return new Response();
  });
  const failed = expect(running).rejects.toThrow(WorkOverdueError);
  const signal = await reached.promise;
  await clock.advance(4_999);
  expect([shop.watched.renewals, signal.aborted]).toEqual([1, false]);
  await clock.advance(1);
  await failed;
  renewal.resolve(false);
  await idempotency.close();
  expect(signal.reason).toBeInstanceOf(WorkOverdueError);
});

describe.each([
  ['with a key', 'k'],
  ['without a key', null],
])('a message that cannot be sent, %s, rolls everything back', (_, key) => {
  test.each<[string, (sending: Promise<void>) => unknown]>([
    ['also when the work does not wait for it', () => {}],
    ['also when the work swallows its error', (sending) => sending.catch(() => {})],
  ])('%s', async (_how, wait) => {
    const shop = await sqliteShop();
    const enqueued = Promise.withResolvers<void>();
    const idempotency = shop.idempotency({ required: false, outbox: { enqueue: () => enqueued.promise } });
    const running = idempotency.handle(order({ key }), async (request, context) => {
      const sending = context.send(placed);
      const answer = await shop.placeOrder(request, context);
      setImmediate(() => enqueued.reject(new Error('not sent')));
      await wait(sending);
      return answer;
    });
    await expect(running).rejects.toThrow('not sent');
    expect([await shop.orders(), await shop.keys()]).toEqual([[], []]);
  });
});

test('a message that the work does not wait for is sent before anything is committed', async () => {
  const shop = await sqliteShop();
  const enqueue = async (tx: typeof shop.db.handle) => {
    await new Promise(setImmediate);
    await shop.insert(tx, 'message', 'message');
  };
  const response = await shop.idempotency({ outbox: { enqueue } }).handle(order(), (_request, { send }) => {
    void send(placed);
    return new Response();
  });
  expect([response.status, await shop.orders()]).toEqual([200, ['message']]);
});
