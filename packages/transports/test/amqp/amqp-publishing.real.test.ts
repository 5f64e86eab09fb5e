import type { Receipt } from '@holdfast/core';
import * as amqplib from 'amqplib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { envelope, envelopes } from '../envelopes.ts';
import { type AmqpWorld, amqpWorld, brokerUrl } from './amqp-world.ts';

let world: AmqpWorld;

beforeEach(async () => {
  world = await amqpWorld();
});

afterEach(() => world.close());

function outcomesOf(receipts: readonly Receipt[]): string[] {
  return receipts.map(({ outcome }) => outcome);
}

/** What is in a queue, by id, each as often as it is there. */
async function idsIn(queue: string): Promise<string[]> {
  const channel = await (await world.raw()).createChannel();
  const ids: string[] = [];
  for (let message = await channel.get(queue, { noAck: true }); message !== false; ) {
    ids.push(String(message.properties.messageId));
    message = await channel.get(queue, { noAck: true });
  }
  await channel.close();
  return ids;
}

describe('what the broker does not take', () => {
  test('F4.6: what no queue binds is rejected, each exactly, also when the window holds the same id several times', async () => {
    const [type, unbound] = [world.name('placed'), world.name('unbound')];
    const transport = await world.connect();
    await transport.declare({ queue: world.name('q'), types: [type] });
    const pattern = [type, unbound, type, type, unbound, unbound, type];
    const batches = Array.from({ length: 30 }, () => pattern.map((one) => envelope('same-id', { type: one })));
    const receipts = await Promise.all(batches.map((batch) => transport.publish(batch)));
    const expected = pattern.map((one) => (one === type ? 'accepted' : 'rejected'));
    for (const one of receipts) expect(outcomesOf(one)).toEqual(expected);
    expect(receipts[0]?.[1]).toEqual({ outcome: 'rejected', reason: `No queue binds type "${unbound}".` });
    expect(await idsIn(world.name('q'))).toHaveLength(4 * batches.length);
  });

  test('F4.6: what a full queue refuses is unknown, and later messages of its key are not accepted behind it', async () => {
    const [full, open] = [world.name('full'), world.name('open')];
    const transport = await world.connect();
    await transport.declare({ queue: world.name('q'), types: [open] });
    const channel = await (await world.raw()).createChannel();
    await channel.assertQueue(full, { arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' } });
    await channel.bindQueue(full, world.exchange, full);
    const [first] = await transport.publish([envelope('fills', { type: full })]);
    expect(first?.outcome).toBe('accepted');
    const calls = [
      transport.publish([envelope('refused', { type: full, key: 'k' })]),
      transport.publish([envelope('behind', { type: open, key: 'k' }), envelope('other', { type: open, key: 'j' })]),
    ];
    const [[refused], [behind, other]] = (await Promise.all(calls)) as [Receipt[], Receipt[]];
    expect(refused?.outcome).toBe('unknown');
    expect(behind).toEqual({ outcome: 'unknown', reason: 'An earlier message of the same key was not taken.' });
    expect(other?.outcome).toBe('accepted');
    const [after] = await transport.publish([envelope('after', { type: open, key: 'k' })]);
    expect(after?.outcome).toBe('accepted');
  });

  test('F4.3: what is too large, or cannot be written, is rejected, and its neighbours are accepted', async () => {
    const type = world.name('placed');
    const transport = await world.connect({ maxMessageBytes: 1_000 });
    await transport.declare({ queue: world.name('q'), types: [type] });
    const attributes = Object.assign(Object.create(null), { big: 'x'.repeat(100_000) });
    const receipts = await transport.publish([
      envelope('a', { type, key: 'k' }),
      envelope('large', { type, key: 'k', body: new Uint8Array(1_001) }),
      { ...envelope('headers', { type, key: 'k' }), attributes },
      envelope('type', { type: 'x'.repeat(256), key: 'k' }),
      { ...envelope('surrogate', { type, key: 'k' }), source: '\ud800' },
      envelope('b', { type, key: 'k' }),
    ]);
    expect(outcomesOf(receipts)).toEqual(['accepted', 'rejected', 'rejected', 'rejected', 'rejected', 'accepted']);
    expect(receipts[1]).toEqual({ outcome: 'rejected', reason: 'The body has 1001 bytes, the limit is 1000.' });
    expect(JSON.stringify(receipts)).not.toContain('xxx');
    expect(await idsIn(world.name('q'))).toEqual(['a', 'b']);
  });
});

describe('what is not answered', () => {
  test('F4.5: a confirm that never comes ends as unknown within its time, and the next message is accepted', async () => {
    const type = world.name('placed');
    let losing = false;
    const transport = await world.connect({
      confirmTimeoutMs: 500,
      silenceMs: 60_000,
      connect: async () => {
        const connection = await amqplib.connect(brokerUrl());
        const create = connection.createConfirmChannel.bind(connection);
        connection.createConfirmChannel = async () => {
          const channel = await create();
          const emit = channel.emit.bind(channel);
          // The broker confirmed it, and the answer got lost in the client.
          channel.emit = (event: string, ...details: unknown[]) =>
            (losing && event === 'ack') || emit(event, ...details);
          return channel;
        };
        return connection;
      },
    });
    await transport.declare({ queue: world.name('q'), types: [type] });
    expect(outcomesOf(await transport.publish([envelope('before', { type })]))).toEqual(['accepted']);
    losing = true;
    const [lost] = await transport.publish([envelope('lost', { type, key: 'k' })]);
    expect(lost).toEqual({ outcome: 'unknown', reason: expect.stringContaining('no confirm within 500 ms') });
    losing = false;
    await vi.waitUntil(async () => {
      const [receipt] = await transport.publish([envelope('after', { type, key: 'k' })]);
      return receipt?.outcome === 'accepted';
    });
  });

  test('F4.5: a connection cut after the broker got the messages makes them unknown, and those behind them are not accepted', async () => {
    const type = world.name('placed');
    const transport = await world.connect();
    await transport.declare({ queue: world.name('q'), types: [type] });
    await transport.publish([envelope('before', { type })]);
    const cut = world.proxy.when({ direction: 'up', bytes: 'the-last-one', fault: 'cut' });
    const calls = [...envelopes(20, { type, key: 'k' }), envelope('the-last-one', { type, key: 'k' })].map((one) =>
      transport.publish([one]),
    );
    const receipts = (await Promise.all(calls)).flat();
    await cut;
    const firstFailure = receipts.findIndex(({ outcome }) => outcome !== 'accepted');
    expect(new Set(outcomesOf(receipts.slice(firstFailure)))).toEqual(new Set(['unknown']));
    const ids = await idsIn(world.name('q'));
    expect(ids).toContain('the-last-one');
  });

  test('what waits for room is written in order, at most the window is without a confirm, and all is accepted', async () => {
    const type = world.name('placed');
    let unconfirmed = 0;
    let most = 0;
    const transport = await world.connect({
      windowSize: 16,
      connect: async () => {
        const connection = await amqplib.connect(brokerUrl());
        const create = connection.createConfirmChannel.bind(connection);
        connection.createConfirmChannel = async () => {
          const channel = await create();
          const publish = channel.publish.bind(channel);
          let next = 1;
          let confirmed = 0;
          channel.publish = (...args) => {
            unconfirmed = next - confirmed;
            next += 1;
            most = Math.max(most, unconfirmed);
            return publish(...args);
          };
          channel.on('ack', ({ deliveryTag }) => {
            confirmed = Math.max(confirmed, deliveryTag);
          });
          return channel;
        };
        return connection;
      },
    });
    await transport.declare({ queue: world.name('q'), types: [type] });
    const sent = envelopes(500, { type, key: 'k' });
    const receipts = await Promise.all([transport.publish(sent.slice(0, 300)), transport.publish(sent.slice(300))]);
    expect(new Set(outcomesOf(receipts.flat()))).toEqual(new Set(['accepted']));
    expect(most).toBeGreaterThan(8);
    expect(most).toBeLessThanOrEqual(17);
    expect(await idsIn(world.name('q'))).toEqual(sent.map(({ id }) => id));
  });

  test('F13.3: a channel that the broker closes is replaced, and the exchange is made again', async () => {
    const type = world.name('placed');
    const transport = await world.connect();
    await transport.declare({ queue: world.name('q'), types: [type] });
    await transport.publish([envelope('before', { type })]);
    const channel = await (await world.raw()).createChannel();
    await channel.deleteExchange(world.exchange);
    const before = performance.now();
    const [lost] = await transport.publish([envelope('lost', { type })]);
    expect(lost?.outcome).toBe('unknown');
    // Well before the deadline of its confirm.
    expect(performance.now() - before).toBeLessThan(1_500);
    await vi.waitUntil(async () => {
      const [receipt] = await transport.publish([envelope('after', { type })]);
      return receipt?.outcome === 'accepted';
    });
  });
});

test('F4.1: while there is no connection a publish ends at once, and keeps nothing', async () => {
  const type = world.name('placed');
  const transport = await world.connect();
  await transport.declare({ queue: world.name('q'), types: [type] });
  await transport.publish([envelope('before', { type })]);
  await world.setAvailable(false);
  await vi.waitUntil(() =>
    world.events.some((event) => event.type === 'disconnected' && event.connection === 'publishing'),
  );
  const before = performance.now();
  for (let index = 0; index < 100; index += 1) {
    const receipts = await transport.publish(envelopes(10, { type, key: 'k' }));
    expect(new Set(outcomesOf(receipts))).toEqual(new Set(['unavailable']));
  }
  expect(performance.now() - before).toBeLessThan(1_000);
  await world.setAvailable(true);
  await vi.waitUntil(async () => (await transport.publish([envelope('after', { type })]))[0]?.outcome === 'accepted', {
    timeout: 10_000,
  });
  expect(await idsIn(world.name('q'))).toEqual(['before', 'after']);
});

test('nothing that is told or thrown names the credentials', async () => {
  const transport = await world.connect({
    connect: () => {
      throw new Error('connect ECONNREFUSED amqp://somebody:pa55word@127.0.0.1:1');
    },
  });
  const [receipt] = await transport.publish([envelope('m')]);
  expect(receipt?.outcome).toBe('unavailable');
  expect(JSON.stringify([receipt, world.events])).toContain('ECONNREFUSED');
  expect(JSON.stringify([receipt, world.events])).not.toContain('pa55word');
  await expect(transport.reader('q').pull(1, { waitMs: 0 })).rejects.toMatchObject({
    code: 'ERR_TRANSPORTS_UNAVAILABLE',
  });
});
