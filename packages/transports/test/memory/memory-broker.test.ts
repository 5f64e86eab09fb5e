import { ManualClock } from '@holdfast/core/testing';
import { MemoryBroker } from '@holdfast/transports/memory';
import { describe, expect, test } from 'vitest';
import { envelope, envelopes } from '../envelopes.ts';

async function brokerWith(queues: Readonly<Record<string, readonly string[]>>, options = {}) {
  const clock = new ManualClock();
  const broker = new MemoryBroker({ clock, ...options });
  for (const [queue, types] of Object.entries(queues)) await broker.declare({ queue, types });
  const drain = async (queue: string) => {
    const deliveries = await broker.reader(queue).pull(1_000, { waitMs: 0 });
    return deliveries.map((delivery) => delivery.envelope.id);
  };
  return { broker, clock, drain };
}

describe('routing', () => {
  test('every group gets every message of the types it binds, and "*" gets all', async () => {
    const { broker, drain } = await brokerWith({
      payment: ['order.placed'],
      stock: ['order.placed', 'order.cancelled'],
      audit: ['*'],
    });
    await broker.publish([envelope('a'), envelope('b', { type: 'order.cancelled' }), envelope('c', { type: 'other' })]);
    expect(await drain('payment')).toEqual(['a']);
    expect(await drain('stock')).toEqual(['a', 'b']);
    expect(await drain('audit')).toEqual(['a', 'b', 'c']);
  });

  test('a queue gets no message from before its declaration, whatever the order of declarations', async () => {
    const { broker, drain } = await brokerWith({ all: ['*'], payment: ['order.placed'] });
    await broker.publish([envelope('a')]);
    await broker.declare({ queue: 'late', types: ['*'] });
    await broker.publish([envelope('b')]);
    expect(await drain('all')).toEqual(['a', 'b']);
    expect(await drain('payment')).toEqual(['a', 'b']);
    expect(await drain('late')).toEqual(['b']);
  });

  test('F4.6: a message that no queue binds is rejected, and the reason names its type', async () => {
    const { broker } = await brokerWith({ payment: ['order.placed'] });
    const [receipt] = await broker.publish([envelope('x', { type: 'nobody.cares' })]);
    expect(receipt).toEqual({ outcome: 'rejected', reason: 'No queue binds type "nobody.cares".' });
  });

  test('F4.3: a body above the limit is rejected, and the reason names the limit', async () => {
    const { broker } = await brokerWith({ payment: ['order.placed'] }, { maxMessageBytes: 2 });
    const [receipt] = await broker.publish([envelope('x')]);
    expect(receipt).toEqual({ outcome: 'rejected', reason: 'The body has 3 bytes, the limit is 2.' });
  });

  test('receivers cannot change what others get', async () => {
    const { broker } = await brokerWith({ payment: ['*'], stock: ['*'] });
    await broker.publish([envelope('a')]);
    const [payment] = await broker.reader('payment').pull(1, { waitMs: 0 });
    payment!.envelope.body.fill(9);
    await payment!.retry(0);
    const [again] = await broker.reader('payment').pull(1, { waitMs: 0 });
    const [stock] = await broker.reader('stock').pull(1, { waitMs: 0 });
    expect([...again!.envelope.body]).toEqual([1, 2, 3]);
    expect([...stock!.envelope.body]).toEqual([1, 2, 3]);
  });
});

describe('declarations', () => {
  test('the same declaration again changes nothing', async () => {
    const { broker, drain } = await brokerWith({ payment: ['a', 'b'] });
    await broker.publish([envelope('m', { type: 'a' })]);
    await broker.declare({ queue: 'payment', types: ['b', 'a', 'a'], leaseMs: 30_000 });
    expect(await drain('payment')).toEqual(['m']);
  });

  test.each([
    ['types', { queue: 'payment', types: ['*'] }],
    ['leaseMs', { queue: 'payment', types: ['a'], leaseMs: 1 }],
    ['deadLetterQueue', { queue: 'payment', types: ['a'], deadLetterQueue: 'dead' }],
    ['queue', { queue: 'payment.dead-letter', types: ['a'] }],
    ['deadLetterQueue', { queue: 'other', types: ['a'], deadLetterQueue: 'payment' }],
  ])('another declaration of a queue is refused, and the error names "%s"', async (property, declaration) => {
    const { broker } = await brokerWith({ payment: ['a'] });
    await expect(broker.declare(declaration)).rejects.toMatchObject({
      code: 'ERR_TRANSPORTS_QUEUE_MISMATCH',
      property,
    });
  });

  test.each([
    [{ queue: '', types: ['a'] }],
    [{ queue: 'q', types: [] }],
    [{ queue: 'q', types: ['*', 'a'] }],
    [{ queue: 'q', types: ['a'], leaseMs: 0 }],
    [{ queue: 'q', types: ['a'], leaseMs: 1.5 }],
    [{ queue: 'q', types: ['a'], deadLetterQueue: 'q' }],
  ])('declaration %j is refused', async (declaration) => {
    await expect(new MemoryBroker().declare(declaration)).rejects.toMatchObject({ code: 'ERR_CORE_INVALID_OPTION' });
  });

  test.each([[{ maxMessages: 0 }], [{ maxMessageBytes: 0.5 }], [{ maxMessages: Number.NaN }]])(
    'options %j are refused',
    (options) => {
      expect(() => new MemoryBroker(options)).toThrow(/Option "max/);
    },
  );
});

describe('back-pressure', () => {
  test('a full queue makes the publisher unavailable, and takes messages again when there is room', async () => {
    const { broker } = await brokerWith({ payment: ['*'] }, { maxMessages: 2 });
    const receipts = await broker.publish(envelopes(3));
    expect(receipts.map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted', 'unavailable']);
    expect(receipts[2]).toMatchObject({ reason: 'Queue "payment" is full: 2 messages.' });
    const [delivery] = await broker.reader('payment').pull(1, { waitMs: 0 });
    expect((await broker.publish([envelope('leased')]))[0]).toMatchObject({ outcome: 'unavailable' });
    await delivery!.ack();
    expect((await broker.publish([envelope('room')]))[0]).toEqual({ outcome: 'accepted' });
  });

  test('dead letters take room, so that memory is bounded', async () => {
    const { broker } = await brokerWith({ payment: ['*'] }, { maxMessages: 1 });
    await broker.publish([envelope('a')]);
    const [delivery] = await broker.reader('payment').pull(1, { waitMs: 0 });
    await delivery!.deadLetter('Refused.');
    expect((await broker.publish([envelope('b')]))[0]).toMatchObject({ outcome: 'unavailable' });
    const [letter] = await broker.reader('payment.dead-letter').pull(1, { waitMs: 0 });
    await letter!.ack();
    expect((await broker.publish([envelope('b')]))[0]).toEqual({ outcome: 'accepted' });
  });

  test('a message that one of its queues cannot take goes to none of them', async () => {
    const { broker, drain } = await brokerWith({ full: ['order.placed'], free: ['*'] }, { maxMessages: 1 });
    await broker.publish([envelope('a')]);
    expect(await drain('free')).toEqual(['a']);
    const [delivery] = await broker.reader('free').pull(1, { waitMs: 0 });
    expect(delivery).toBeUndefined();
    expect((await broker.publish([envelope('b')]))[0]).toMatchObject({ outcome: 'unavailable' });
    expect(await broker.stats('full')).toMatchObject({ ready: 1 });
  });

  test('after a message was unavailable, later ones of its key wait for its receipt, though there is room again', async () => {
    const { broker } = await brokerWith({ payment: ['*'] }, { maxMessages: 1 });
    await broker.publish([envelope('a')]);
    const [delivery] = await broker.reader('payment').pull(1, { waitMs: 0 });
    const full = broker.publish([envelope('b', { key: 'k' })]);
    void delivery!.ack();
    const sameKey = broker.publish([envelope('c', { key: 'k' })]);
    const otherKey = broker.publish([envelope('d', { key: 'other' })]);
    expect((await full)[0]).toMatchObject({ outcome: 'unavailable' });
    expect((await sameKey)[0]).toMatchObject({ outcome: 'unavailable' });
    expect((await otherKey)[0]).toEqual({ outcome: 'accepted' });
  });

  test('as soon as the receipt is given, the key is free again', async () => {
    const { broker } = await brokerWith({ payment: ['*'] });
    broker.setAvailable(false);
    const receipts = await broker.publish(envelopes(2, { key: 'k' }));
    expect(receipts.map(({ outcome }) => outcome)).toEqual(['unavailable', 'unavailable']);
    broker.setAvailable(true);
    expect((await broker.publish([envelope('m0', { key: 'k' })]))[0]).toEqual({ outcome: 'accepted' });
  });
});

describe('outage and end', () => {
  test('while the broker is down, everything but publish rejects by a named transient error', async () => {
    const { broker } = await brokerWith({ payment: ['*'] });
    await broker.publish(envelopes(1));
    const [delivery] = await broker.reader('payment').pull(1, { waitMs: 0 });
    const waiting = broker.reader('payment').pull(1, { waitMs: 1_000 });
    broker.setAvailable(false);
    const unavailable = { code: 'ERR_TRANSPORTS_UNAVAILABLE', failureClass: 'transient' };
    await expect(waiting).rejects.toMatchObject(unavailable);
    await expect(broker.reader('payment').pull(1, { waitMs: 0 })).rejects.toMatchObject(unavailable);
    await expect(delivery!.ack()).rejects.toMatchObject(unavailable);
    await expect(broker.declare({ queue: 'q', types: ['*'] })).rejects.toMatchObject(unavailable);
    await expect(broker.redrive('payment')).rejects.toMatchObject(unavailable);
    broker.setAvailable(true);
    await delivery!.ack();
  });

  test('leases go on ending while the broker is down', async () => {
    const { broker, clock, drain } = await brokerWith({ payment: ['*'] });
    await broker.publish(envelopes(1));
    const [delivery] = await broker.reader('payment').pull(1, { waitMs: 0 });
    broker.setAvailable(false);
    await clock.advance(30_000);
    broker.setAvailable(true);
    await expect(delivery!.ack()).rejects.toMatchObject({ code: 'ERR_CORE_LEASE_LOST' });
    expect(await drain('payment')).toEqual(['m0']);
  });

  test('a closed broker ends waiting pulls, does nothing more, and leaves nothing', async () => {
    const { broker, clock } = await brokerWith({ payment: ['*'] });
    const { signal } = new AbortController();
    await broker.publish(envelopes(1));
    const [delivery] = await broker.reader('payment').pull(1, { waitMs: 0 });
    const waiting = broker.reader('payment').pull(1, { waitMs: 1_000, signal });
    await broker.close();
    await broker.close();
    broker.setAvailable(true);
    expect(await waiting).toEqual([]);
    expect(clock.sleeping).toBe(0);
    expect((await broker.publish(envelopes(1)))[0]).toEqual({
      outcome: 'unavailable',
      reason: 'The broker is closed.',
    });
    const closed = { code: 'ERR_TRANSPORTS_CLOSED' };
    await expect(broker.reader('payment').pull(1, { waitMs: 0 })).rejects.toMatchObject(closed);
    await expect(delivery!.ack()).rejects.toMatchObject(closed);
  });
});

describe('stats', () => {
  test('they count where messages are, and how long the oldest has been waiting', async () => {
    const { broker, clock } = await brokerWith({ payment: ['*'] });
    expect(await broker.stats('payment')).toEqual({ ready: 0, leased: 0, delayed: 0, dead: 0, oldestAgeMs: null });
    await broker.publish(envelopes(2));
    await clock.advance(100);
    await broker.publish([...envelopes(4)].slice(2));
    clock.jump(-5_000_000);
    const [first, second, third] = await broker.reader('payment').pull(3, { waitMs: 0 });
    await second!.retry(50_000);
    await third!.deadLetter('Refused.');
    await clock.advance(5);
    expect(await broker.stats('payment')).toEqual({ ready: 1, leased: 1, delayed: 1, dead: 1, oldestAgeMs: 105 });
    await first!.ack();
    expect(await broker.stats('payment')).toMatchObject({ ready: 1, leased: 0, oldestAgeMs: 105 });
    await clock.advance(50_000);
    expect(await broker.stats('payment')).toMatchObject({ ready: 2, delayed: 0, oldestAgeMs: 50_105 });
  });

  test('the oldest is the oldest of those that are not settled, whatever was delivered', async () => {
    const { broker, clock } = await brokerWith({ payment: ['*'] });
    for (const message of envelopes(4)) {
      await broker.publish([message]);
      await clock.advance(10);
    }
    const [m0, m1, m2] = await broker.reader('payment').pull(3, { waitMs: 0 });
    expect(await broker.stats('payment')).toMatchObject({ oldestAgeMs: 40 });
    await m1!.ack();
    expect(await broker.stats('payment')).toMatchObject({ oldestAgeMs: 40 });
    await m0!.ack();
    expect(await broker.stats('payment')).toMatchObject({ oldestAgeMs: 20 });
    await m2!.deadLetter('Refused.');
    expect(await broker.stats('payment')).toMatchObject({ oldestAgeMs: 10 });
    await (await broker.reader('payment').pull(1, { waitMs: 0 }))[0]!.ack();
    expect(await broker.stats('payment')).toMatchObject({ ready: 0, leased: 0, oldestAgeMs: null });
  });

  test('of a queue that does not exist they reject', async () => {
    await expect(new MemoryBroker().stats('missing')).rejects.toMatchObject({ code: 'ERR_TRANSPORTS_UNKNOWN_QUEUE' });
  });
});
