import { describe, expect, test } from 'vitest';
import { sqsSettings } from '../../src/sqs/sqs-options.ts';
import { sqsClient } from './aws-clients.ts';
import { type Answer, entriesOf, messages } from './aws-like-server.ts';
import { type AwsLikeWorld, awsLikeWorld } from './aws-like-world.ts';

const never = () => new Promise<Answer>(() => {});

function ten(world: AwsLikeWorld): void {
  let sent = 0;
  world.server.on('ReceiveMessage', () => messages(Array.from({ length: 10 }, () => ({ id: `${sent++}` }))));
}

describe('closing', () => {
  test('F13.3: ends within its time however many messages are held and whatever the service does', async () => {
    const world = await awsLikeWorld({ sendConcurrency: 1, requestTimeoutMs: 60_000, closeTimeoutMs: 100 });
    ten(world);
    const reader = world.transport.reader('work');
    for (let pull = 0; pull < 5; pull += 1) await reader.pull(10, { waitMs: 0 });
    world.server.on('ChangeMessageVisibilityBatch', never);
    await world.transport.close();
    expect(world.server.of('ChangeMessageVisibilityBatch')).toHaveLength(1);
    await world[Symbol.asyncDispose]();
  });

  test('hands back what is held while a request that receives still waits', async () => {
    const world = await awsLikeWorld({ closeTimeoutMs: 60_000 });
    ten(world);
    const reader = world.transport.reader('work');
    await reader.pull(10, { waitMs: 0 });
    const { promise, resolve } = Promise.withResolvers<Answer>();
    world.server.on('ReceiveMessage', () => promise);
    const pull = reader.pull(1, { waitMs: 60_000 });
    await world.server.came('ReceiveMessage', 2);
    const closing = world.transport.close();
    expect(await pull).toEqual([]);
    await world.server.came('ChangeMessageVisibilityBatch');
    resolve(messages([]));
    await closing;
    await world[Symbol.asyncDispose]();
  });

  test('waits for an ack that is on its way, and hands back the others', async () => {
    const world = await awsLikeWorld({ closeTimeoutMs: 60_000 });
    ten(world);
    const [first] = await world.transport.reader('work').pull(10, { waitMs: 0 });
    const { promise, resolve } = Promise.withResolvers<Answer>();
    world.server.on('DeleteMessageBatch', () => promise);
    const acked = first?.ack();
    const closing = world.transport.close();
    await world.server.came('DeleteMessageBatch');
    await world.server.came('ChangeMessageVisibilityBatch');
    resolve({ body: { Successful: [{ Id: '0' }] } });
    await acked;
    await closing;
    const handedBack = world.server.of('ChangeMessageVisibilityBatch').flatMap(({ body }) => entriesOf(body));
    expect(handedBack).toHaveLength(9);
    await world[Symbol.asyncDispose]();
  });

  test('starts no request afterwards', async () => {
    const world = await awsLikeWorld({ sendConcurrency: 1, closeTimeoutMs: 0 });
    ten(world);
    const reader = world.transport.reader('work');
    const deliveries = [...(await reader.pull(10, { waitMs: 0 })), ...(await reader.pull(10, { waitMs: 0 }))];
    world.server.on('DeleteMessageBatch', never);
    const acks = deliveries.map((delivery) => delivery.ack());
    const declared = world.transport.declare({ queue: 'other', types: ['order.placed'] });
    const settled = Promise.allSettled([declared, ...acks]);
    await world.transport.close();
    const requests = world.server.requests.length;
    for (const { status, ...rest } of await settled) {
      expect([status, rest]).toMatchObject(['rejected', { reason: { code: 'ERR_TRANSPORTS_CLOSED' } }]);
    }
    expect(world.server.requests.length).toBe(requests);
    await world[Symbol.asyncDispose]();
  });

  test('lets the longest wait for messages end by itself, unless it is told otherwise', () => {
    const sqs = sqsClient('http://127.0.0.1:1');
    for (const longPollMs of [1_000, 20_000]) {
      expect(sqsSettings({ sqs, longPollMs }).closeTimeoutMs).toBeGreaterThan(longPollMs);
    }
    sqs.destroy();
  });
});

test('what is no client, no fan-out or no yes and no is refused when the transport is made', () => {
  const sqs = sqsClient('http://127.0.0.1:1');
  for (const options of [{}, { sqs: {} }, { sqs: null }, { sqs, fanOut: {} }, { sqs, fifo: 'yes' }]) {
    expect(() => sqsSettings(options as never)).toThrow(expect.objectContaining({ code: 'ERR_CORE_INVALID_OPTION' }));
  }
  sqs.destroy();
});
