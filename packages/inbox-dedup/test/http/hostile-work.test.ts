import type { OutgoingMessage } from '@holdfast/core';
import { ManualClock } from '@holdfast/core/testing';
import { ResponseAlreadyReadError, WorkOverdueError } from '@holdfast/inbox-dedup/http';
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

test('a renewal that is answered when the work is done says nothing about it', async () => {
  const clock = new ManualClock();
  const shop = await sqliteShop();
  const renewal = Promise.withResolvers<boolean>();
  shop.watched.renewal = () => renewal.promise;
  const begun = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  const idempotency = shop.idempotency({ clock, leaseMs: 3_000 });
  let signal: AbortSignal | undefined;
  const running = idempotency.handle(order(), async (request, context) => {
    signal = context.signal;
    begun.resolve();
    await done.promise;
    return shop.placeOrder(request, context);
  });
  await begun.promise;
  await clock.advance(1_000);
  done.resolve();
  expect((await running).status).toBe(201);
  renewal.resolve(false);
  await idempotency.close();
  expect([shop.watched.renewals, signal?.aborted]).toEqual([1, false]);
});

describe('a work that is told to stop', () => {
  const stalled = () => new ReadableStream({ pull: () => new Promise(() => {}) });
  const overdue = async (work: (signal: AbortSignal) => Promise<Response>, isLost = false) => {
    const clock = new ManualClock();
    const shop = await sqliteShop();
    shop.watched.renewal = async () => !isLost;
    const reached = Promise.withResolvers<void>();
    const running = shop
      .idempotency({ clock, leaseMs: 3_000, maxWorkMs: 1_500 })
      .handle(order(), async (_, { signal }) => {
        reached.resolve();
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return work(signal);
      });
    running.catch(() => {});
    await reached.promise;
    await clock.advance(1_500);
    return running;
  };

  test('and answers with a body that never ends does not hang', async () => {
    await expect(overdue(async () => new Response(stalled()))).rejects.toThrow(WorkOverdueError);
  });

  test('and rejects because of that is overdue', async () => {
    await expect(overdue(() => Promise.reject(new Error('stopped')))).rejects.toThrow(WorkOverdueError);
  });

  test('and rejects because its key was lost is answered with 409', async () => {
    expect((await overdue(() => Promise.reject(new Error('stopped')), true)).status).toBe(409);
  });
});

test('a message that is still being sent when maxWorkMs is over is not committed', async () => {
  const clock = new ManualClock();
  const shop = await sqliteShop();
  const enqueuing = Promise.withResolvers<void>();
  const enqueued = Promise.withResolvers<void>();
  const enqueue = () => {
    enqueuing.resolve();
    return enqueued.promise;
  };
  const idempotency = shop.idempotency({ clock, maxWorkMs: 1_000, outbox: { enqueue } });
  const running = idempotency.handle(order(), (request, context) => {
    void context.send(placed);
    return shop.placeOrder(request, context);
  });
  const failed = expect(running).rejects.toThrow(WorkOverdueError);
  await enqueuing.promise;
  await clock.advance(1_000);
  enqueued.resolve();
  await failed;
  expect([await shop.orders(), await shop.keys()]).toEqual([[], []]);
});

test('an answer that the work has read is refused: nothing is left of it to be kept', async () => {
  const shop = await sqliteShop();
  const idempotency = shop.idempotency();
  const read = idempotency.handle(order(), async (request, context) => {
    const response = await shop.placeOrder(request, context);
    await response.text();
    return response;
  });
  await expect(read).rejects.toThrow(ResponseAlreadyReadError);
  expect([await shop.orders(), await shop.keys()]).toEqual([[], []]);
});

test.each([
  ['one text', ['x'.repeat(2_000)]],
  ['texts', ['a', 'b']],
  ['numbers', [1, 2, 3]],
])('an answer that streams no bytes is refused, because nothing bounds it: %s', async (_, chunks) => {
  const shop = await sqliteShop();
  const body = ReadableStream.from<unknown>(chunks) as unknown as ReadableStream<Uint8Array<ArrayBuffer>>;
  const running = shop.idempotency({ maxResponseBytes: 1_000 }).handle(order(), () => new Response(body));
  await expect(running).rejects.toThrow(TypeError);
  expect(await shop.keys()).toEqual([]);
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
