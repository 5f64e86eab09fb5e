import { getEventListeners } from 'node:events';
import { ManualClock } from '@holdfast/core/testing';
import { MemoryBroker } from '@holdfast/transports/memory';
import { expect, test } from 'vitest';
import { envelope, envelopes } from '../envelopes.ts';

async function paymentQueue() {
  const clock = new ManualClock();
  const broker = new MemoryBroker({ clock });
  await broker.declare({ queue: 'payment', types: ['*'], leaseMs: 1_000 });
  return { clock, broker, reader: broker.reader('payment') };
}

const ids = (deliveries: readonly { readonly envelope: { readonly id: string } }[]) =>
  deliveries.map((delivery) => delivery.envelope.id);

test('a queue may be declared after its reader was made', async () => {
  const broker = new MemoryBroker();
  const reader = broker.reader('later');
  await expect(reader.pull(1, { waitMs: 0 })).rejects.toMatchObject({ code: 'ERR_TRANSPORTS_UNKNOWN_QUEUE' });
  await broker.declare({ queue: 'later', types: ['*'] });
  expect(await reader.pull(1, { waitMs: 0 })).toEqual([]);
});

test.each([
  [0, 0],
  [1.5, 0],
  [1, -1],
  [1, Number.NaN],
])('pull(%d, { waitMs: %d }) is refused', async (max, waitMs) => {
  const { reader } = await paymentQueue();
  await expect(reader.pull(max, { waitMs })).rejects.toMatchObject({ code: 'ERR_CORE_INVALID_OPTION' });
});

test.each([[-1], [Number.NaN], [Infinity]])('retry(%d) and extend(%d) are refused, and the lease stays', async (ms) => {
  const { broker, reader } = await paymentQueue();
  await broker.publish(envelopes(1));
  const [delivery] = await reader.pull(1, { waitMs: 0 });
  await expect(delivery!.retry(ms)).rejects.toMatchObject({ code: 'ERR_CORE_INVALID_OPTION' });
  await expect(delivery!.extend(ms)).rejects.toMatchObject({ code: 'ERR_CORE_INVALID_OPTION' });
  await delivery!.ack();
});

test('waiting pulls are served in the order in which they came, each with what it asked for', async () => {
  const { broker, reader } = await paymentQueue();
  const first = reader.pull(2, { waitMs: 100 });
  const second = reader.pull(2, { waitMs: 100 });
  await broker.publish(envelopes(3));
  expect(ids(await first)).toEqual(['m0', 'm1']);
  expect(ids(await second)).toEqual(['m2']);
});

test('a waiting pull that was served leaves neither a timer nor a listener', async () => {
  const { clock, broker, reader } = await paymentQueue();
  const { signal } = new AbortController();
  for (let round = 0; round < 10; round += 1) {
    const pull = reader.pull(1, { waitMs: 100, signal });
    await broker.publish([envelope(`m${round}`)]);
    await (await pull)[0]!.ack();
  }
  expect(clock.sleeping).toBe(0);
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

test('however many wait, there is one timer', async () => {
  const { clock, reader } = await paymentQueue();
  const controller = new AbortController();
  const pulls = Array.from({ length: 50 }, (_, index) =>
    reader.pull(1, { waitMs: 1_000 - index, signal: controller.signal }),
  );
  await clock.settle();
  expect(clock.sleeping).toBe(1);
  controller.abort();
  expect((await Promise.all(pulls)).flat()).toEqual([]);
  expect(clock.sleeping).toBe(0);
});

test('each waiting pull ends at its own time', async () => {
  const { clock, reader } = await paymentQueue();
  const ended: number[] = [];
  for (const waitMs of [300, 100, 200]) void reader.pull(1, { waitMs }).then(() => ended.push(waitMs));
  await clock.advance(100);
  await clock.settle();
  expect(ended).toEqual([100]);
  await clock.advance(200);
  await clock.settle();
  expect(ended).toEqual([100, 200, 300]);
});

test('a waiting pull gets a message that another one hands back, when its delay has passed', async () => {
  const { clock, broker, reader } = await paymentQueue();
  await broker.publish(envelopes(1));
  const [delivery] = await reader.pull(1, { waitMs: 0 });
  const waiting = reader.pull(1, { waitMs: 10_000 });
  let servedAt = -1;
  void waiting.then(() => {
    servedAt = clock.monotonic();
  });
  await delivery!.retry(250);
  await clock.advance(5_000);
  expect(servedAt).toBe(250);
  expect((await waiting)[0]!.deliveryCount).toBe(2);
});

test('a waiting pull gets a message whose lease is shortened', async () => {
  const { clock, broker, reader } = await paymentQueue();
  await broker.publish(envelopes(1));
  const [delivery] = await reader.pull(1, { waitMs: 0 });
  const waiting = reader.pull(1, { waitMs: 500 });
  await delivery!.extend(10);
  await clock.advance(10);
  expect(ids(await waiting)).toEqual(['m0']);
});

test('what comes back takes turns with what is new, so that neither starves', async () => {
  const { broker, reader } = await paymentQueue();
  await broker.publish(envelopes(6));
  const [poison] = await reader.pull(1, { waitMs: 0 });
  await poison!.retry(0);
  const order: string[] = [];
  for (let round = 0; round < 10; round += 1) {
    const [delivery] = await reader.pull(1, { waitMs: 0 });
    order.push(delivery!.envelope.id);
    if (delivery!.envelope.id === 'm0') await delivery!.retry(0);
    else await delivery!.ack();
  }
  expect(order).toEqual(['m0', 'm1', 'm0', 'm2', 'm0', 'm3', 'm0', 'm4', 'm0', 'm5']);
});

test('leases that end together come back in the order of their delivery', async () => {
  const { clock, broker, reader } = await paymentQueue();
  await broker.publish(envelopes(5));
  await reader.pull(5, { waitMs: 0 });
  await clock.advance(1_000);
  expect(ids(await reader.pull(5, { waitMs: 0 }))).toEqual(['m0', 'm1', 'm2', 'm3', 'm4']);
});

test('an error about a lost lease names the queue and the message', async () => {
  const { clock, broker, reader } = await paymentQueue();
  await broker.publish(envelopes(1));
  const [delivery] = await reader.pull(1, { waitMs: 0 });
  await clock.advance(1_000);
  await expect(delivery!.ack()).rejects.toMatchObject({ lease: 'payment: m0' });
});
