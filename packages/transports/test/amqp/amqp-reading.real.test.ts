import { readDeadLetter } from '@holdfast/transports/amqp';
import * as amqplib from 'amqplib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { envelope, envelopes } from '../envelopes.ts';
import { type AmqpWorld, amqpWorld, brokerUrl } from './amqp-world.ts';

let world: AmqpWorld;

beforeEach(async () => {
  world = await amqpWorld();
});

afterEach(() => world.close());

async function oneQueue(leaseMs = 30_000) {
  const [queue, type] = [world.name('q'), world.name('placed')];
  const transport = await world.connect();
  await transport.declare({ queue, types: [type], leaseMs });
  const send = (count: number) => transport.publish(envelopes(count, { type }));
  return { queue, type, transport, send, reader: transport.reader(queue) };
}

describe('leases', () => {
  test('a client that declared nothing reads with the lease of the queue, and knows its dead letters', async () => {
    const { queue, send } = await oneQueue(1_234);
    await send(1);
    const other = await world.connect();
    const before = performance.now();
    const [delivery] = await other.reader(queue).pull(1, { waitMs: 5_000 });
    expect(delivery?.leaseEndsAt).toBeLessThan(performance.now() + 1_235);
    expect(delivery?.leaseEndsAt).toBeGreaterThan(before + 1_234);
    await delivery?.deadLetter('Refused.');
    const [letter] = await other.reader(`${queue}.dead-letter`).pull(1, { waitMs: 5_000 });
    expect(letter && readDeadLetter(letter.envelope)).toMatchObject({ reason: 'Refused.', queue });
  });

  test('F5.1: what a client held comes to another when its connection is gone', async () => {
    const { queue, send } = await oneQueue();
    await send(3);
    const hanging = await world.connect();
    expect(await hanging.reader(queue).pull(3, { waitMs: 5_000 })).toHaveLength(3);
    const other = await world.connect();
    const pull = other.reader(queue).pull(3, { waitMs: 20_000 });
    await hanging.close();
    expect((await pull).length).toBeGreaterThan(0);
  });

  test('F5.2: a lease that is extended while it runs ends when it is not extended any more', async () => {
    const { send, reader } = await oneQueue(300);
    await send(1);
    const [delivery] = await reader.pull(1, { waitMs: 5_000 });
    for (let times = 0; times < 4; times += 1) {
      await world.passTime(200);
      await delivery?.extend(300);
    }
    const [again] = await reader.pull(1, { waitMs: 5_000 });
    expect(again?.deliveryCount).toBe(2);
    await expect(delivery?.ack()).rejects.toMatchObject({ code: 'ERR_CORE_LEASE_LOST' });
    await again?.ack();
  });

  test('deliveries are counted over delays, too', async () => {
    const { send, reader } = await oneQueue();
    await send(1);
    for (const expected of [1, 2, 3]) {
      const [delivery] = await reader.pull(1, { waitMs: 5_000 });
      expect(delivery?.deliveryCount).toBe(expected);
      await delivery?.retry(expected === 2 ? 0 : 10);
    }
    const [last] = await reader.pull(1, { waitMs: 5_000 });
    expect(last?.deliveryCount).toBe(4);
  });

  test('a delay queue that somebody deleted is made again, and the message is not lost', async () => {
    const { queue, send, reader } = await oneQueue();
    await send(2);
    const [first, second] = await reader.pull(2, { waitMs: 5_000 });
    await first?.retry(10);
    const channel = await (await world.raw()).createChannel();
    await vi.waitUntil(async () => (await channel.checkQueue(`${queue}.retry.10`)).messageCount === 0);
    await channel.deleteQueue(`${queue}.retry.10`);
    await second?.retry(10);
    const ids = new Set<string>();
    while (ids.size < 2) for (const { envelope: one } of await reader.pull(2, { waitMs: 5_000 })) ids.add(one.id);
  });
});

describe('messages of others', () => {
  test('F5.10: what is no CloudEvent is dead-lettered with its bytes and a reason, and what follows is delivered', async () => {
    const { queue, transport, send, reader } = await oneQueue();
    const bytes = Uint8Array.of(0xff, 0x00, 0x7b);
    await world.sendRaw?.(queue, bytes);
    await send(1);
    const [delivery] = await reader.pull(1, { waitMs: 5_000 });
    expect(delivery?.envelope.id).toBe('m0');
    const [letter] = await transport.reader(`${queue}.dead-letter`).pull(1, { waitMs: 5_000 });
    const dead = letter && readDeadLetter(letter.envelope);
    expect(dead).toMatchObject({ queue, reason: expect.stringContaining('not a CloudEvent') });
    expect(dead?.envelope.type).toBe('holdfast.malformed');
    expect(dead?.envelope.body).toEqual(bytes);
    expect(world.events).toContainEqual({ type: 'malformed', queue, reason: dead?.reason });
  });

  test('headers and properties that are not ours travel along with a delay and to the dead letters', async () => {
    const { queue, reader } = await oneQueue();
    const channel = await (await world.raw()).createConfirmChannel();
    const headers = { cloudEvents_id: 'm', cloudEvents_source: '/s', cloudEvents_type: 't', tenant: 'acme', level: 7 };
    channel.sendToQueue(queue, Buffer.from('{}'), { headers, appId: 'billing', correlationId: 'c' });
    await channel.waitForConfirms();
    const [first] = await reader.pull(1, { waitMs: 5_000 });
    await first?.retry(10);
    const [second] = await reader.pull(1, { waitMs: 5_000 });
    await second?.deadLetter('Refused.');
    const message = await channel.get(`${queue}.dead-letter`);
    expect(message === false ? null : message.properties).toMatchObject({
      appId: 'billing',
      correlationId: 'c',
      headers: { tenant: 'acme', level: 7, cloudEvents_deadlettercount: '2', cloudEvents_id: 'm' },
    });
  });

  test('a receiver that changes its bytes changes nothing that is kept', async () => {
    const { queue, transport, send, reader } = await oneQueue();
    await send(1);
    const [first] = await reader.pull(1, { waitMs: 5_000 });
    first?.envelope.body.fill(9);
    await first?.retry(10);
    const [second] = await reader.pull(1, { waitMs: 5_000 });
    expect([...(second?.envelope.body ?? [])]).toEqual([1, 2, 3]);
    second?.envelope.body.fill(9);
    await second?.deadLetter('Refused.');
    const [letter] = await transport.reader(`${queue}.dead-letter`).pull(1, { waitMs: 5_000 });
    expect([...(letter?.envelope.body ?? [])]).toEqual([1, 2, 3]);
  });
});

describe('consumption', () => {
  test('a queue that is deleted ends a pull with UnknownQueueError, and is read again when it is declared again', async () => {
    const { queue, type, transport, send, reader } = await oneQueue();
    const pull = reader.pull(1, { waitMs: 60_000 });
    const channel = await (await world.raw()).createChannel();
    await vi.waitUntil(async () => (await channel.checkQueue(queue)).consumerCount === 1);
    const rejected = expect(pull).rejects.toMatchObject({ code: 'ERR_TRANSPORTS_UNKNOWN_QUEUE', queue });
    await channel.deleteQueue(queue);
    await rejected;
    expect(world.events).toContainEqual({ type: 'consumer-cancelled', queue });
    await transport.declare({ queue, types: [type] });
    await send(1);
    expect(await reader.pull(1, { waitMs: 5_000 })).toHaveLength(1);
  });

  test('F13.3: a channel that the broker closes loses its leases, and the same pull goes on over a new one', async () => {
    const { queue, send, reader } = await oneQueue();
    await send(2);
    let channelOf: { ack(message: { fields: { deliveryTag: number } }): void } | undefined;
    const other = await world.connect({
      connect: async () => {
        const connection = await amqplib.connect(brokerUrl());
        const create = connection.createChannel.bind(connection);
        connection.createChannel = async () => {
          const channel = await create();
          channel.on('delivery', () => {
            channelOf = channel as unknown as typeof channelOf;
          });
          return channel;
        };
        return connection;
      },
    });
    const [held] = await other.reader(queue).pull(1, { waitMs: 5_000 });
    const [rest] = await reader.pull(1, { waitMs: 5_000 });
    const pull = other.reader(queue).pull(1, { waitMs: 20_000 });
    // The broker closes a channel over an ack of what it never sent.
    channelOf?.ack({ fields: { deliveryTag: 4_711 } });
    const [again] = await pull;
    expect(again?.envelope.id).toBe(held?.envelope.id);
    await expect(held?.ack()).rejects.toMatchObject({ code: 'ERR_CORE_LEASE_LOST' });
    await Promise.all([again?.ack(), rest?.ack()]);
  });

  test('an ack that is not answered in time is lost, and what its channel held comes to others at once', async () => {
    const { queue, send, reader } = await oneQueue();
    await send(2);
    let isSilent = false;
    const other = await world.connect({
      answerTimeoutMs: 500,
      silenceMs: 60_000,
      connect: async () => {
        const connection = await amqplib.connect(brokerUrl());
        const create = connection.createChannel.bind(connection);
        connection.createChannel = async () => {
          const channel = await create();
          const prefetch = channel.prefetch.bind(channel);
          channel.prefetch = (count) => (isSilent ? new Promise(() => {}) : prefetch(count));
          return channel;
        };
        return connection;
      },
    });
    const [first, second] = await other.reader(queue).pull(2, { waitMs: 5_000 });
    isSilent = true;
    await expect(first?.ack()).rejects.toMatchObject({ code: 'ERR_CORE_LEASE_LOST' });
    isSilent = false;
    // The first one was acked all the same, though nobody can tell.
    expect((await reader.pull(2, { waitMs: 5_000 })).map(({ envelope: one }) => one.id)).toEqual([second?.envelope.id]);
    await expect(second?.ack()).rejects.toMatchObject({ code: 'ERR_CORE_LEASE_LOST' });
  });

  test('a reader that nobody pulls from keeps no consumer and no message', async () => {
    const { queue, send, reader } = await oneQueue();
    await send(50);
    const [one] = await reader.pull(1, { waitMs: 5_000 });
    await one?.ack();
    const channel = await (await world.raw()).createChannel();
    await vi.waitUntil(async () => {
      const { consumerCount, messageCount } = await channel.checkQueue(queue);
      return consumerCount === 0 && messageCount === 49;
    });
  });

  test('a reader holds at most what "prefetch" allows, and gets more when something is settled', async () => {
    const { queue, send } = await oneQueue();
    await send(20);
    const transport = await world.connect({ prefetch: 5 });
    const reader = transport.reader(queue);
    const held = [...(await reader.pull(20, { waitMs: 5_000 }))];
    while (held.length < 5) held.push(...(await reader.pull(20, { waitMs: 5_000 })));
    expect(held).toHaveLength(5);
    expect(await reader.pull(20, { waitMs: 100 })).toEqual([]);
    const pull = reader.pull(20, { waitMs: 10_000 });
    await held[0]?.ack();
    expect(await pull).toHaveLength(1);
  });

  test('a fast reader gets more and more ahead, all messages once, and in order', async () => {
    const { send, reader } = await oneQueue();
    for (let batch = 0; batch < 5; batch += 1) await send(1_000);
    const received: string[] = [];
    while (received.length < 5_000) {
      const deliveries = await reader.pull(10, { waitMs: 5_000 });
      received.push(...deliveries.map(({ envelope: one }) => one.id));
      void Promise.all(deliveries.map((delivery) => delivery.ack()));
    }
    const expected = Array.from({ length: 5 }, () => envelopes(1_000).map(({ id }) => id)).flat();
    expect(received).toEqual(expected);
    expect(await reader.pull(1, { waitMs: 100 })).toEqual([]);
  });
});

test('close leaves no connection, and no timer that keeps anything', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  const { send, reader, transport } = await oneQueue();
  await send(5);
  await reader.pull(2, { waitMs: 5_000 });
  await transport.publish([envelope('m', { type: world.name('placed') })]);
  await transport.close();
  await vi.waitUntil(() => world.proxy.connections === 0);
  expect(timers()).toBeLessThanOrEqual(before);
});
