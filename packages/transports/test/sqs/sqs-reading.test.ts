import type { Delivery } from '@holdfast/core';
import { ManualClock } from '@holdfast/core/testing';
import { readDeadLetter } from '@holdfast/transports/sqs';
import { describe, expect, test } from 'vitest';
import { decodeContent } from '../../src/sqs/message-codec.ts';
import { type Answer, entriesOf, failure, messages, type ReceivedEntry } from './aws-like-server.ts';
import { type AwsLikeWorld, awsLikeWorld } from './aws-like-world.ts';

/** Answers each receive from the list, and later ones with nothing when their wait is over. */
function gives(world: AwsLikeWorld, ...answers: readonly (readonly ReceivedEntry[])[]): void {
  const left = [...answers];
  world.server.on('ReceiveMessage', () => messages(left.shift() ?? []));
}

/** Answers receives when told to. */
function onDemand(world: AwsLikeWorld): (entries: readonly ReceivedEntry[]) => void {
  const waiting: ((answer: Answer) => void)[] = [];
  world.server.on('ReceiveMessage', () => new Promise<Answer>((resolve) => waiting.push(resolve)));
  return (entries) => waiting.shift()?.(messages(entries));
}

function handles(world: AwsLikeWorld, action: string): readonly (readonly string[])[] {
  return world.server
    .of(action)
    .map(({ body }) => entriesOf(body).map((entry) => String((entry as { ReceiptHandle?: unknown }).ReceiptHandle)));
}

function idsOf(deliveries: readonly Delivery[]): readonly string[] {
  return deliveries.map(({ envelope }) => envelope.id);
}

const lost = { code: 'ERR_CORE_LEASE_LOST' };

describe('receiving', () => {
  test('all who read a queue share its requests', async () => {
    await using world = await awsLikeWorld();
    gives(world, [{ id: '1' }], [{ id: '2' }]);
    for (const id of ['1', '2'])
      expect(idsOf(await world.transport.reader('work').pull(1, { waitMs: 0 }))).toEqual([id]);
    expect(world.server.of('GetQueueUrl')).toHaveLength(1);
  });

  test('asks for no more than the pull, and for long waits in pieces', async () => {
    await using world = await awsLikeWorld();
    gives(world, [], [{ id: '1' }]);
    await world.transport.reader('work').pull(3, { waitMs: 60_000 });
    const [first, second] = world.server.of('ReceiveMessage');
    expect(first?.body).toMatchObject({ MaxNumberOfMessages: 3, WaitTimeSeconds: 1, VisibilityTimeout: 31 });
    expect(second?.body).toMatchObject({ MaxNumberOfMessages: 3 });
  });

  test('a backlog is fetched by more and more requests, an empty queue by one', async () => {
    await using world = await awsLikeWorld({ receiveConcurrency: 4 });
    const answer = onDemand(world);
    const reader = world.transport.reader('work');
    const full = (name: string) => Array.from({ length: 10 }, (_, index) => ({ id: `${name}${index}` }));
    let requests = 0;
    for (const width of [1, 2, 4, 4]) {
      const pull = reader.pull(100, { waitMs: 60_000 });
      requests += width;
      await world.server.came('ReceiveMessage', requests);
      for (let count = 0; count < width; count += 1) answer(full(`${requests}.${count}.`));
      let left = 10 * width - (await pull).length;
      while (left > 0) left -= (await reader.pull(100, { waitMs: 60_000 })).length;
      expect(world.server.of('ReceiveMessage')).toHaveLength(requests);
    }
    const last = reader.pull(100, { waitMs: 60_000 });
    await world.server.came('ReceiveMessage', requests + 4);
    for (let count = 0; count < 4; count += 1) answer([]);
    await world.server.came('ReceiveMessage', requests + 5);
    answer(full('last'));
    expect(await last).toHaveLength(10);
    expect(world.server.of('ReceiveMessage').length).toBeLessThanOrEqual(requests + 7);
  });

  test('a pull that does not wait leaves a waiting one its request', async () => {
    await using world = await awsLikeWorld();
    gives(world, [], [{ id: '1' }]);
    const reader = world.transport.reader('work');
    const [hasty, patient] = await Promise.all([reader.pull(10, { waitMs: 0 }), reader.pull(10, { waitMs: 60_000 })]);
    expect([hasty, patient].map(idsOf)).toEqual([[], ['1']]);
  });

  test('F13.3: a failed request rejects the pull, and the next pull works', async () => {
    await using world = await awsLikeWorld();
    world.server.on('ReceiveMessage', () => failure(500, 'InternalFailure'));
    const reader = world.transport.reader('work');
    await expect(reader.pull(1, { waitMs: 60_000 })).rejects.toMatchObject({ code: 'ERR_TRANSPORTS_UNAVAILABLE' });
    gives(world, [{ id: '1' }]);
    expect(idsOf(await reader.pull(1, { waitMs: 60_000 }))).toEqual(['1']);
  });

  test('a queue that is gone is an unknown queue, and is looked for anew', async () => {
    await using world = await awsLikeWorld();
    world.server.on('ReceiveMessage', () => failure(400, 'QueueDoesNotExist'));
    const reader = world.transport.reader('work');
    await expect(reader.pull(1, { waitMs: 0 })).rejects.toMatchObject({ code: 'ERR_TRANSPORTS_UNKNOWN_QUEUE' });
    gives(world, [{ id: '1' }]);
    expect(idsOf(await reader.pull(1, { waitMs: 0 }))).toEqual(['1']);
    expect(world.server.of('GetQueueUrl')).toHaveLength(2);
  });
});

describe('a message that comes after its pull was aborted', () => {
  test('goes to the next pull', async () => {
    await using world = await awsLikeWorld();
    const answer = onDemand(world);
    const reader = world.transport.reader('work');
    const controller = new AbortController();
    const pull = reader.pull(1, { waitMs: 60_000, signal: controller.signal });
    await world.server.came('ReceiveMessage');
    controller.abort();
    expect(await pull).toEqual([]);
    const next = reader.pull(1, { waitMs: 60_000 });
    answer([{ id: 'late' }]);
    expect(idsOf(await next)).toEqual(['late']);
    expect(world.server.of('ReceiveMessage')).toHaveLength(1);
  });

  test('goes back to the queue at once when no pull comes, long before its lease would end', async () => {
    await using world = await awsLikeWorld();
    const answer = onDemand(world);
    const controller = new AbortController();
    const pull = world.transport.reader('work').pull(1, { waitMs: 60_000, signal: controller.signal });
    await world.server.came('ReceiveMessage');
    controller.abort();
    await pull;
    answer([{ id: 'late' }]);
    await world.server.came('ChangeMessageVisibilityBatch');
    expect(world.server.of('ChangeMessageVisibilityBatch')[0]?.body).toMatchObject({
      Entries: [{ ReceiptHandle: 'handle-late', VisibilityTimeout: 0 }],
    });
  });

  test('goes back when the transport is closed, which waits for the request', async () => {
    const world = await awsLikeWorld();
    const answer = onDemand(world);
    const pull = world.transport.reader('work').pull(1, { waitMs: 60_000 });
    await world.server.came('ReceiveMessage');
    const closing = world.transport.close();
    expect(await pull).toEqual([]);
    answer([{ id: 'late' }]);
    await closing;
    expect(handles(world, 'ChangeMessageVisibilityBatch')).toEqual([['handle-late']]);
    await world[Symbol.asyncDispose]();
  });
});

describe('settling', () => {
  test('what is settled in one turn goes in requests of ten', async () => {
    await using world = await awsLikeWorld({ receiveConcurrency: 1 });
    gives(
      world,
      Array.from({ length: 10 }, (_, index) => ({ id: `${index}` })),
      [{ id: '10' }, { id: '11' }],
    );
    const reader = world.transport.reader('work');
    const deliveries = [...(await reader.pull(10, { waitMs: 0 })), ...(await reader.pull(10, { waitMs: 0 }))];
    await Promise.all(deliveries.map((delivery) => delivery.ack()));
    expect(handles(world, 'DeleteMessageBatch').map(({ length }) => length)).toEqual([10, 2]);
  });

  test('an entry that fails concerns this message alone, and can be tried again', async () => {
    await using world = await awsLikeWorld();
    gives(world, [{ id: 'a' }, { id: 'b' }]);
    const [a, b] = await world.transport.reader('work').pull(2, { waitMs: 0 });
    world.server.on('DeleteMessageBatch', ({ body }) => {
      const [first, ...others] = entriesOf(body);
      const Failed = [{ Id: first?.Id, Code: 'InternalError', SenderFault: false }];
      return { body: { Successful: others.map(({ Id }) => ({ Id })), Failed } };
    });
    const [one, other] = await Promise.allSettled([a?.ack(), b?.ack()]);
    expect(one).toMatchObject({ status: 'rejected', reason: { code: 'ERR_TRANSPORTS_UNAVAILABLE' } });
    expect(other.status).toBe('fulfilled');
    world.server.on('DeleteMessageBatch', ({ body }) => ({
      body: { Successful: entriesOf(body).map(({ Id }) => ({ Id })) },
    }));
    await a?.ack();
    await expect(b?.ack()).rejects.toMatchObject(lost);
  });

  test.each([
    ['ReceiptHandleIsInvalid', 'The input receipt handle is invalid.'],
    ['InvalidParameterValue', 'Reason: The receipt handle has expired.'],
    ['MessageNotInflight', 'The message is not in flight.'],
  ])('%s is a lost lease', async (Code, Message) => {
    await using world = await awsLikeWorld();
    gives(world, [{ id: 'a' }]);
    const [delivery] = await world.transport.reader('work').pull(1, { waitMs: 0 });
    world.server.on('DeleteMessageBatch', () => ({
      body: { Failed: [{ Id: '0', Code, Message, SenderFault: true }] },
    }));
    await expect(delivery?.ack()).rejects.toMatchObject(lost);
  });

  test('nothing is deleted after the end of its lease: not by an attempt that hangs, and not when its turn comes late', async () => {
    const clock = new ManualClock();
    await using world = await awsLikeWorld({ clock, leaseMs: 5_000, requestTimeoutMs: 60_000, sendConcurrency: 1 });
    gives(world, [{ id: 'a' }, { id: 'b' }]);
    const [a, b] = await world.transport.reader('work').pull(2, { waitMs: 0 });
    world.server.on('DeleteMessageBatch', () => new Promise<Answer>(() => {}));
    const hanging = expect(a?.ack()).rejects.toMatchObject(lost);
    await world.server.came('DeleteMessageBatch');
    const late = expect(b?.ack()).rejects.toMatchObject(lost);
    await clock.advance(5_000);
    await hanging;
    await late;
    expect(world.server.of('DeleteMessageBatch')).toHaveLength(1);
  });

  test('after a retry whose answer was lost nothing is acked: somebody else may hold the message', async () => {
    await using world = await awsLikeWorld();
    gives(world, [{ id: 'a' }]);
    const [delivery] = await world.transport.reader('work').pull(1, { waitMs: 0 });
    world.server.on('ChangeMessageVisibilityBatch', () => ({ isCut: true }));
    await expect(delivery?.retry(0)).rejects.toMatchObject({ code: 'ERR_TRANSPORTS_UNAVAILABLE' });
    await expect(delivery?.ack()).rejects.toMatchObject(lost);
    expect(world.server.of('DeleteMessageBatch')).toHaveLength(0);
  });

  test('a retry that was refused clearly can be tried again', async () => {
    await using world = await awsLikeWorld();
    gives(world, [{ id: 'a' }]);
    const [delivery] = await world.transport.reader('work').pull(1, { waitMs: 0 });
    world.server.on('ChangeMessageVisibilityBatch', () => failure(400, 'ThrottlingException'));
    await expect(delivery?.retry(0)).rejects.toMatchObject({ code: 'ERR_TRANSPORTS_UNAVAILABLE' });
    await delivery?.ack();
  });

  test('F5.2: a lease is extended up to the 12 hours of SQS, and beyond them refused before asking', async () => {
    const clock = new ManualClock();
    await using world = await awsLikeWorld({ clock });
    gives(world, [{ id: 'a' }]);
    const [delivery] = await world.transport.reader('work').pull(1, { waitMs: 0 });
    await delivery?.extend(11.5 * 3_600_000);
    await clock.advance(3_600_000);
    await expect(delivery?.extend(11.5 * 3_600_000)).rejects.toMatchObject({ code: 'ERR_CORE_INVALID_OPTION' });
    await expect(delivery?.retry(11.1 * 3_600_000)).rejects.toMatchObject({ code: 'ERR_CORE_INVALID_OPTION' });
    await delivery?.retry(10_500);
    const changes = world.server.of('ChangeMessageVisibilityBatch').map(({ body }) => entriesOf(body)[0]);
    expect(changes).toMatchObject([{ VisibilityTimeout: 41_400 }, { VisibilityTimeout: 11 }]);
  });

  test('a lease that waited for its answer is whole for its receiver, and longer for the service', async () => {
    const clock = new ManualClock();
    await using world = await awsLikeWorld({ clock, leaseMs: 10_000 });
    const answer = onDemand(world);
    const pull = world.transport.reader('work').pull(1, { waitMs: 60_000 });
    await world.server.came('ReceiveMessage');
    await clock.advance(900);
    answer([{ id: 'a' }]);
    const [delivery] = await pull;
    expect(delivery?.leaseEndsAt).toBe(10_900);
    expect(world.server.of('ReceiveMessage')[0]?.body).toMatchObject({ VisibilityTimeout: 11 });
  });

  test('a lease of 12 hours is asked for as the service takes it, and does not end later over here', async () => {
    const clock = new ManualClock();
    await using world = await awsLikeWorld({ clock, leaseMs: 12 * 3_600_000 });
    gives(world, [{ id: 'a' }]);
    const [delivery] = await world.transport.reader('work').pull(1, { waitMs: 5_000 });
    expect(world.server.of('ReceiveMessage')[0]?.body).toMatchObject({ VisibilityTimeout: 43_200 });
    expect(delivery?.leaseEndsAt).toBeLessThanOrEqual(43_200_000);
  });

  test('a dead letter is sent before its message is deleted, and a failure in between leaves both', async () => {
    await using world = await awsLikeWorld();
    gives(world, [{ id: 'a', count: 7 }]);
    const [delivery] = await world.transport.reader('work').pull(1, { waitMs: 0 });
    world.server.on('DeleteMessageBatch', () => failure(500, 'InternalFailure'));
    await expect(delivery?.deadLetter('Refused.')).rejects.toMatchObject({ code: 'ERR_TRANSPORTS_UNAVAILABLE' });
    const [sent] = world.server.of('SendMessageBatch');
    expect(String(sent?.body['QueueUrl'])).toMatch(/holdfast-work__dead-letter$/);
    const [entry] = entriesOf(sent?.body ?? {});
    const attributes = Object.entries(entry?.MessageAttributes ?? {}).map(([name, { StringValue }]) => [
      name,
      StringValue,
    ]);
    const letter = readDeadLetter(
      decodeContent({ body: entry?.MessageBody ?? '', attributes: Object.fromEntries(attributes) }),
    );
    expect(letter).toMatchObject({ reason: 'Refused.', queue: 'work', deliveryCount: 7 });
    const order = world.server.requests.map(({ action }) => action);
    expect(order.indexOf('SendMessageBatch')).toBeLessThan(order.indexOf('DeleteMessageBatch'));
  });

  test('a dead letter that cannot be sent leaves the message', async () => {
    await using world = await awsLikeWorld();
    gives(world, [{ id: 'a' }]);
    const [delivery] = await world.transport.reader('work').pull(1, { waitMs: 0 });
    world.server.on('SendMessageBatch', () => failure(503, 'ServiceUnavailable'));
    await expect(delivery?.deadLetter('Refused.')).rejects.toMatchObject({ code: 'ERR_TRANSPORTS_UNAVAILABLE' });
    expect(world.server.of('DeleteMessageBatch')).toHaveLength(0);
    await delivery?.ack();
  });
});

test('F5.10: what is no message of ours goes to the dead-letter queue with its bytes, and is not delivered', async () => {
  await using world = await awsLikeWorld();
  gives(world, [{ id: 'foreign', body: '{"an":"order"}', attributes: {} }, { id: 'ours' }]);
  expect(idsOf(await world.transport.reader('work').pull(2, { waitMs: 0 }))).toEqual(['ours']);
  await world.server.came('DeleteMessageBatch');
  const [entry] = entriesOf(world.server.of('SendMessageBatch')[0]?.body ?? {});
  expect(entry?.MessageBody).toBe('{"an":"order"}');
  expect(handles(world, 'DeleteMessageBatch')).toEqual([['handle-foreign']]);
});

describe('messages of one FIFO group that come in one answer', () => {
  const group: readonly ReceivedEntry[] = [
    { id: 'a1', group: 'a' },
    { id: 'a2', group: 'a' },
    { id: 'b1', group: 'b' },
    { id: 'a3', group: 'a' },
  ];

  test('are delivered one after the other, each when the one before is done', async () => {
    await using world = await awsLikeWorld({ fifo: true });
    gives(world, group);
    const reader = world.transport.reader('work');
    const first = await reader.pull(10, { waitMs: 0 });
    expect(idsOf(first)).toEqual(['a1', 'b1']);
    await first[0]?.ack();
    const second = await reader.pull(10, { waitMs: 0 });
    expect(idsOf(second)).toEqual(['a2']);
    await second[0]?.deadLetter('Refused.');
    expect(idsOf(await reader.pull(10, { waitMs: 0 }))).toEqual(['a3']);
  });

  test('go back behind one that goes back, so that nothing overtakes it', async () => {
    await using world = await awsLikeWorld({ fifo: true });
    gives(world, group);
    const reader = world.transport.reader('work');
    const [a1] = await reader.pull(10, { waitMs: 0 });
    await a1?.retry(0);
    await world.server.came('ChangeMessageVisibilityBatch', 2);
    expect(handles(world, 'ChangeMessageVisibilityBatch')).toEqual([['handle-a1'], ['handle-a2', 'handle-a3']]);
    expect(await reader.pull(10, { waitMs: 0 })).toEqual([]);
  });

  test('are asked for again under the same name when the answer was lost, and under a new one else', async () => {
    await using world = await awsLikeWorld({ fifo: true });
    world.server.on('ReceiveMessage', () => ({ isCut: true }));
    const reader = world.transport.reader('work');
    await expect(reader.pull(1, { waitMs: 0 })).rejects.toMatchObject({ code: 'ERR_TRANSPORTS_UNAVAILABLE' });
    gives(world, [{ id: 'a1', group: 'a' }], [{ id: 'b1', group: 'b' }]);
    await reader.pull(1, { waitMs: 0 });
    await reader.pull(1, { waitMs: 0 });
    const names = world.server.of('ReceiveMessage').map(({ body }) => body['ReceiveRequestAttemptId']);
    expect(names[1]).toBe(names[0]);
    expect(names[2]).not.toBe(names[0]);
  });

  test('go back all when the transport is closed', async () => {
    const world = await awsLikeWorld({ fifo: true });
    gives(world, group);
    await world.transport.reader('work').pull(10, { waitMs: 0 });
    await world.transport.close();
    expect(handles(world, 'ChangeMessageVisibilityBatch').flat().sort()).toEqual(
      ['a1', 'a2', 'a3', 'b1'].map((id) => `handle-${id}`),
    );
    await world[Symbol.asyncDispose]();
  });
});

test('closing ends within its time even when the service does not answer, and leaves no timer', async () => {
  const clock = new ManualClock();
  const world = await awsLikeWorld({ clock, closeTimeoutMs: 2_000 });
  onDemand(world);
  const pull = world.transport.reader('work').pull(1, { waitMs: 60_000 });
  await world.server.came('ReceiveMessage');
  const closing = world.transport.close();
  await pull;
  await clock.advance(2_000);
  await closing;
  expect(clock.sleeping).toBe(0);
  await world[Symbol.asyncDispose]();
});
