import type { Envelope, Receipt } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { attributeNames } from '../../src/sqs/message-codec.ts';
import { tagsOf } from '../../src/sqs/queue-tags.ts';
import { type Answer, allTaken, entriesOf, failure, type SentEntry, taken } from './aws-like-server.ts';
import { awsLikeWorld } from './aws-like-world.ts';

function message(id: string, key: string | null = null, body: Uint8Array = Buffer.from('text')): Envelope {
  return { id, source: '/test', type: 'order.placed', key, attributes: Object.create(null), body };
}

function outcomes(receipts: readonly Receipt[]): readonly string[] {
  return receipts.map(({ outcome }) => outcome);
}

function idOf({ MessageAttributes }: SentEntry): string {
  return MessageAttributes?.[attributeNames.id]?.StringValue ?? '';
}

/** Answers each request from the list, and the later ones as if all was taken. */
function oneByOne(
  answers: readonly Answer[],
): (request: { readonly body: Readonly<Record<string, unknown>> }) => Answer {
  const left = [...answers];
  return ({ body }) => left.shift() ?? allTaken(entriesOf(body));
}

describe('F4.2: a service that throttles', () => {
  const ways: readonly (readonly [string, Answer])[] = [
    ['ThrottlingException', failure(400, 'ThrottlingException')],
    ['RequestThrottled', failure(403, 'RequestThrottled')],
    ['KmsThrottled', failure(400, 'KmsThrottled')],
    ['OverLimit', failure(403, 'OverLimit')],
    ['HTTP 429', failure(429, 'Slower')],
    ['HTTP 503', failure(503, 'ServiceUnavailable')],
  ];

  test.each(ways)('by %s makes messages unavailable, and they are taken afterwards', async (_, answer) => {
    await using world = await awsLikeWorld();
    world.server.on('SendMessageBatch', oneByOne([answer]));
    expect(outcomes(await world.transport.publish([message('a'), message('b', 'k')]))).toEqual([
      'unavailable',
      'unavailable',
    ]);
    expect(outcomes(await world.transport.publish([message('a'), message('b', 'k')]))).toEqual([
      'accepted',
      'accepted',
    ]);
  });

  test('says when to come again, also for what waited behind', async () => {
    await using world = await awsLikeWorld({ sendConcurrency: 1 });
    world.server.on('SendMessageBatch', () => failure(503, 'ServiceUnavailable', { 'retry-after': '7' }));
    const receipts = await world.transport.publish(Array.from({ length: 25 }, (_, index) => message(`${index}`)));
    for (const receipt of receipts) expect(receipt).toMatchObject({ outcome: 'unavailable', retryAfterMs: 7_000 });
    expect(world.server.of('SendMessageBatch')).toHaveLength(1);
  });

  test('one entry alone makes this one unavailable', async () => {
    await using world = await awsLikeWorld();
    world.server.on('SendMessageBatch', ({ body }) => {
      const [first, ...others] = entriesOf(body);
      const failed = { Id: first?.Id, Code: 'RequestThrottled', SenderFault: true, Message: 'Slower.' };
      return { body: { Successful: others.map(taken), Failed: [failed] } };
    });
    expect(outcomes(await world.transport.publish([message('a'), message('b')]))).toEqual(['unavailable', 'accepted']);
  });
});

describe('F4.6: an entry that fails alone', () => {
  test('is rejected with the reason when it is at fault, unknown when the service is, and its neighbours are accepted', async () => {
    await using world = await awsLikeWorld();
    world.server.on('SendMessageBatch', ({ body }) => {
      const [bad, lost, ...others] = entriesOf(body);
      const Failed = [
        { Id: bad?.Id, Code: 'InvalidMessageContents', SenderFault: true, Message: 'Bad.' },
        { Id: lost?.Id, Code: 'InternalError', SenderFault: false, Message: 'Ours.' },
      ];
      return { body: { Successful: others.map(taken), Failed } };
    });
    const receipts = await world.transport.publish(['a', 'b', 'c'].map((id) => message(id)));
    expect(outcomes(receipts)).toEqual(['rejected', 'unknown', 'accepted']);
    expect(receipts[0]).toMatchObject({ reason: expect.stringContaining('InvalidMessageContents') });
  });

  test('an entry that the answer does not name is unknown', async () => {
    await using world = await awsLikeWorld();
    world.server.on('SendMessageBatch', ({ body }) => allTaken(entriesOf(body).slice(0, 1)));
    expect(outcomes(await world.transport.publish([message('a'), message('b')]))).toEqual(['accepted', 'unknown']);
  });

  test('a request that is refused because of one message refuses this one alone', async () => {
    await using world = await awsLikeWorld();
    world.server.on('SendMessageBatch', ({ body }) => {
      const entries = entriesOf(body);
      return entries.some((entry) => idOf(entry) === 'bad')
        ? failure(400, 'InvalidMessageContents')
        : allTaken(entries);
    });
    const receipts = await world.transport.publish(['a', 'bad', 'c'].map((id) => message(id)));
    expect(outcomes(receipts)).toEqual(['accepted', 'rejected', 'accepted']);
  });

  test.each(['AccessDenied', 'KmsAccessDenied', 'ExpiredToken', 'QueueDoesNotExist'])(
    '%s is nobody’s fault among the messages: unavailable',
    async (code) => {
      await using world = await awsLikeWorld();
      world.server.on('SendMessageBatch', () => failure(code === 'QueueDoesNotExist' ? 400 : 403, code));
      expect(outcomes(await world.transport.publish([message('a')]))).toEqual(['unavailable']);
    },
  );
});

describe('F4.5: a lost answer', () => {
  test('is unknown', async () => {
    await using world = await awsLikeWorld();
    world.server.on('SendMessageBatch', () => ({ isCut: true }));
    expect(outcomes(await world.transport.publish([message('a')]))).toEqual(['unknown']);
  });

  test('is unknown, even if the client tried again and was clearly refused then', async () => {
    await using world = await awsLikeWorld({ client: { maxAttempts: 2 } });
    world.server.on('SendMessageBatch', oneByOne([{ isCut: true }, failure(403, 'AccessDenied')]));
    expect(outcomes(await world.transport.publish([message('a')]))).toEqual(['unknown']);
    expect(world.server.of('SendMessageBatch')).toHaveLength(2);
  });

  test('is accepted when the client tried again and all was taken', async () => {
    await using world = await awsLikeWorld({ client: { maxAttempts: 2 } });
    world.server.on('SendMessageBatch', oneByOne([{ isCut: true }]));
    expect(outcomes(await world.transport.publish([message('a')]))).toEqual(['accepted']);
  });

  test('an internal error of the service is unknown', async () => {
    await using world = await awsLikeWorld();
    world.server.on('SendMessageBatch', () => failure(500, 'InternalFailure'));
    expect(outcomes(await world.transport.publish([message('a')]))).toEqual(['unknown']);
  });
});

describe('order of a key', () => {
  test('in FIFO no request holds two messages of a key, and each waits for the one before', async () => {
    await using world = await awsLikeWorld({ fifo: true });
    let inFlight = 0;
    world.server.on('SendMessageBatch', async ({ body }) => {
      inFlight += 1;
      expect(inFlight).toBe(1);
      await Promise.resolve();
      inFlight -= 1;
      return allTaken(entriesOf(body));
    });
    const batch = ['a1', 'b1', 'a2', 'b2', 'a3'].map((id) => message(id, id.slice(0, 1)));
    expect(outcomes(await world.transport.publish(batch))).toEqual(new Array(5).fill('accepted'));
    const requests = world.server.of('SendMessageBatch').map(({ body }) => entriesOf(body).map(idOf));
    expect(requests).toEqual([['a1', 'b1'], ['a2', 'b2'], ['a3']]);
    const groups = world.server
      .of('SendMessageBatch')
      .flatMap(({ body }) => entriesOf(body).map((one) => one.MessageGroupId));
    expect(groups).toEqual(['a', 'b', 'a', 'b', 'a']);
  });

  test('in FIFO a message that fails keeps back the later ones of its key, also of later calls, and no others', async () => {
    await using world = await awsLikeWorld({ fifo: true });
    world.server.on('SendMessageBatch', ({ body }) => {
      const entries = entriesOf(body);
      const lost = entries.filter((entry) => idOf(entry) === 'a1');
      const Failed = lost.map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false }));
      return { body: { Successful: entries.filter((entry) => !lost.includes(entry)).map(taken), Failed } };
    });
    const [first, second] = await Promise.all([
      world.transport.publish([message('a1', 'a'), message('b1', 'b'), message('a2', 'a')]),
      world.transport.publish([message('a3', 'a'), message('b2', 'b')]),
    ]);
    expect(outcomes(first)).toEqual(['unknown', 'accepted', 'unavailable']);
    expect(outcomes(second)).toEqual(['unavailable', 'accepted']);
    const sent = world.server.of('SendMessageBatch').flatMap(({ body }) => entriesOf(body).map(idOf));
    expect(sent.sort()).toEqual(['a1', 'b1', 'b2']);
  });

  test('in a standard queue messages of a key share a request, and what was taken after a failed one is unknown', async () => {
    await using world = await awsLikeWorld();
    world.server.on('SendMessageBatch', ({ body }) => {
      const entries = entriesOf(body);
      const Failed = [{ Id: entries[1]?.Id, Code: 'InternalError', SenderFault: false }];
      return { body: { Successful: entries.filter((_, index) => index !== 1).map(taken), Failed } };
    });
    const receipts = await world.transport.publish(['1', '2', '3'].map((id) => message(id, 'k')));
    expect(outcomes(receipts)).toEqual(['accepted', 'unknown', 'unknown']);
    expect(world.server.of('SendMessageBatch')).toHaveLength(1);
  });
});

test('no message is taken after a failed one of its key while the receipt travels', async () => {
  await using world = await awsLikeWorld({ fifo: true });
  await world.transport.publish([message('warm')]);
  const { promise, resolve } = Promise.withResolvers<Answer>();
  world.server.on('ListQueues', () => promise);
  const controller = new AbortController();
  let isReceived = false;
  const unrouted = [{ ...message('k1', 'k'), type: 'order.unheard' }];
  const first = world.transport.publish(unrouted, { signal: controller.signal }).then((receipts) => {
    isReceived = true;
    return outcomes(receipts);
  });
  await world.server.came('ListQueues', 2);
  controller.abort();
  const before: Promise<readonly Receipt[]>[] = [];
  for (let turn = 0; turn < 20; turn += 1) {
    if (!isReceived) before.push(world.transport.publish([message(`k2.${turn}`, 'k')]));
    await Promise.resolve();
  }
  resolve({ body: {} });
  expect(await first).toEqual(['unavailable']);
  for (const receipts of await Promise.all(before)) expect(outcomes(receipts)).toEqual(['unavailable']);
});

test('a call that is given up keeps back nothing that was handed in before it', async () => {
  await using world = await awsLikeWorld({ fifo: true });
  await world.transport.publish([message('warm')]);
  const controller = new AbortController();
  const earlier = world.transport.publish(['1', '2', '3'].map((id) => message(id, 'k')));
  const given = world.transport.publish([message('4', 'k')], { signal: controller.signal });
  const later = world.transport.publish([message('5', 'k')]);
  controller.abort();
  expect(outcomes(await earlier)).toEqual(['accepted', 'accepted', 'accepted']);
  expect(outcomes([...(await given), ...(await later)])).toEqual(['unavailable', 'unavailable']);
});

test('what is no envelope is rejected alone, without a word of it, and its key goes on', async () => {
  await using world = await awsLikeWorld({ fifo: true });
  const throwing = {
    toJSON() {
      throw new Error('secret');
    },
  };
  const hostile = [
    { attributes: throwing },
    { attributes: { big: 1n } },
    { body: null },
    { body: 7 },
    { id: undefined },
  ];
  const batch = hostile.map((fields) => ({ ...message('bad', 'k'), ...fields }) as unknown as Envelope);
  const receipts = await world.transport.publish([message('a', 'k'), ...batch, null as unknown as Envelope]);
  expect(outcomes(receipts)).toEqual(['accepted', ...batch.map(() => 'rejected'), 'rejected']);
  expect(JSON.stringify(receipts)).not.toContain('secret');
  expect(outcomes(await world.transport.publish([message('b', 'k')]))).toEqual(['accepted']);
});

describe('requests', () => {
  test('are not tried one by one against a service that does not answer', async () => {
    await using world = await awsLikeWorld();
    world.server.on('SendMessageBatch', oneByOne([failure(400, 'InvalidMessageContents'), { isCut: true }]));
    const receipts = await world.transport.publish(['a', 'b', 'c'].map((id) => message(id)));
    expect(outcomes(receipts)).toEqual(['unknown', 'unavailable', 'unavailable']);
    expect(world.server.of('SendMessageBatch')).toHaveLength(2);
  });

  test('hold ten messages at most', async () => {
    await using world = await awsLikeWorld();
    await world.transport.publish(Array.from({ length: 25 }, (_, index) => message(`${index}`)));
    const sizes = world.server.of('SendMessageBatch').map(({ body }) => entriesOf(body).length);
    expect(sizes.sort()).toEqual([10, 10, 5]);
  });

  test('stay below the limit as the service counts, attributes included', async () => {
    const limit = 4_096;
    await using world = await awsLikeWorld({ maxRequestBytes: limit });
    const batch = Array.from({ length: 20 }, (_, index) => message(`${index}`, null, Buffer.alloc(index * 100, 'x')));
    expect(outcomes(await world.transport.publish(batch))).toEqual(new Array(20).fill('accepted'));
    for (const { body } of world.server.of('SendMessageBatch')) {
      const bytes = entriesOf(body).map(({ MessageBody, MessageAttributes = {} }) => {
        const attributes = Object.entries(MessageAttributes).map(
          ([name, { StringValue }]) => `${name}String${StringValue}`,
        );
        return Buffer.byteLength(MessageBody + attributes.join(''));
      });
      expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(limit);
    }
  });

  test('a message that no request can hold is rejected without being sent', async () => {
    await using world = await awsLikeWorld({ maxRequestBytes: 4_096 });
    const receipts = await world.transport.publish([
      message('large', 'k', Buffer.alloc(4_090, 'x')),
      message('b', 'k'),
    ]);
    expect(outcomes(receipts)).toEqual(['rejected', 'accepted']);
  });

  test('what is published in one turn of the event loop goes together', async () => {
    await using world = await awsLikeWorld();
    await world.transport.publish([message('first')]);
    await Promise.all(Array.from({ length: 10 }, (_, index) => world.transport.publish([message(`${index}`)])));
    expect(world.server.of('SendMessageBatch')).toHaveLength(2);
  });
});

describe('routes', () => {
  test('a type that nobody binds is rejected only after a look that began after it was published', async () => {
    await using world = await awsLikeWorld();
    await world.transport.publish([message('known')]);
    const looks = world.server.of('ListQueues').length;
    const receipts = await world.transport.publish([{ ...message('unheard'), type: 'order.unheard' }]);
    expect(receipts).toEqual([{ outcome: 'rejected', reason: 'No queue binds type "order.unheard".' }]);
    expect(world.server.of('ListQueues')).toHaveLength(looks + 1);
  });

  test('while nobody can look, messages are unavailable and not rejected', async () => {
    await using world = await awsLikeWorld();
    world.server.on('ListQueues', () => failure(500, 'InternalFailure'));
    expect(outcomes(await world.transport.publish([message('a')]))).toEqual(['unavailable']);
  });

  test('a queue of another namespace with a similar name gets nothing', async () => {
    await using world = await awsLikeWorld();
    const properties = { queue: 'other', types: ['*'], deadLetterQueue: 'd', leaseMs: 1_000 };
    const tags = tagsOf({ kind: 'queue', namespace: 'holdfast-other', delivery: 'direct', properties });
    world.server.on('ListQueueTags', () => ({ body: { Tags: tags } }));
    expect(outcomes(await world.transport.publish([message('a')]))).toEqual(['rejected']);
  });

  test('a message that one of several queues took and another lost is unknown, and one that a queue refuses is rejected', async () => {
    await using world = await awsLikeWorld();
    world.server.on('ListQueues', () => ({
      body: { QueueUrls: ['one', 'two'].map((name) => `${world.server.url}/1/holdfast-${name}`) },
    }));
    world.server.on('ListQueueTags', ({ body }) => {
      const queue = String(body['QueueUrl']).slice(-3);
      const properties = { queue, types: ['*'], deadLetterQueue: 'd', leaseMs: 1_000 };
      return { body: { Tags: tagsOf({ kind: 'queue', namespace: 'holdfast', delivery: 'direct', properties }) } };
    });
    let answer: Answer = failure(500, 'InternalFailure');
    world.server.on('SendMessageBatch', ({ body }) =>
      String(body['QueueUrl']).endsWith('two') ? answer : allTaken(entriesOf(body)),
    );
    expect(outcomes(await world.transport.publish([message('a')]))).toEqual(['unknown']);
    answer = failure(503, 'ServiceUnavailable');
    expect(outcomes(await world.transport.publish([message('a')]))).toEqual(['unknown']);
    answer = failure(400, 'InvalidParameterValue');
    expect(outcomes(await world.transport.publish([message('a')]))).toEqual(['rejected']);
  });

  test('a queue that is gone is forgotten, and the next message waits for a new look', async () => {
    await using world = await awsLikeWorld();
    await world.transport.publish([message('a')]);
    world.server.on('SendMessageBatch', () => failure(400, 'QueueDoesNotExist'));
    expect(outcomes(await world.transport.publish([message('b')]))).toEqual(['unavailable']);
    world.server.on('ListQueues', () => ({ body: {} }));
    expect(outcomes(await world.transport.publish([message('b')]))).toEqual(['rejected']);
  });
});

test('F13.3: a call of publish ends at its deadline: what waited is unavailable, what was sent is unknown', async () => {
  await using world = await awsLikeWorld({ fifo: true, publishTimeoutMs: 100 });
  world.server.on('SendMessageBatch', () => new Promise<Answer>(() => {}));
  const receipts = await world.transport.publish([message('a', 'k'), message('b', 'k'), message('c')]);
  expect(outcomes(receipts)).toEqual(['unknown', 'unavailable', 'unknown']);
});

test('no payload and no attribute is in a reason', async () => {
  await using world = await awsLikeWorld();
  const quoting = 'Value secret-key for parameter MessageGroupId is invalid.';
  world.server.on('SendMessageBatch', () => ({
    status: 400,
    body: { __type: 'x#InvalidParameterValue', message: quoting },
  }));
  const [receipt] = await world.transport.publish([message('a', 'secret-key', Buffer.from('secret-body'))]);
  expect(receipt).toMatchObject({
    outcome: 'rejected',
    reason: expect.stringContaining('for parameter MessageGroupId'),
  });
  expect(JSON.stringify(receipt)).not.toContain('secret');
});
