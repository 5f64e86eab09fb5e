import type { Envelope } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import type { FanOut, FanOutSubscription, FanOutTopic } from '../../src/aws/fan-out.ts';
import type { OutgoingEntry } from '../../src/aws/outgoing-entry.ts';
import { tagsOf } from '../../src/sqs/queue-tags.ts';
import { failure, messages } from './aws-like-server.ts';
import { awsLikeWorld } from './aws-like-world.ts';

const placed: Envelope = {
  id: '1',
  source: '/test',
  type: 'order.placed',
  key: null,
  attributes: Object.create(null),
  body: Buffer.from('text'),
};

/** A topic of which a test says what is subscribed. */
class FakeFanOut implements FanOut {
  readonly sent: OutgoingEntry[] = [];
  subscriptions: readonly FanOutSubscription[] = [];
  opened = 0;

  async open(): Promise<FanOutTopic> {
    this.opened += 1;
    return {
      arn: 'arn:aws:sns:eu-central-1:1:holdfast',
      label: 'Topic "holdfast"',
      maxRequestBytes: 262_144,
      subscribe: async () => {},
      subscriptions: async () => this.subscriptions,
      send: async (entries) => {
        this.sent.push(...entries);
        return { receipts: entries.map(() => ({ outcome: 'accepted' })), isOutage: false };
      },
    };
  }
}

describe('a queue that was deleted', () => {
  test('and is named by the service for a while is made again as soon as it lets us, and until then unavailable', async () => {
    await using world = await awsLikeWorld();
    world.server
      .on('ListQueueTags', () => failure(400, 'QueueDoesNotExist'))
      .on('CreateQueue', () => failure(400, 'QueueDeletedRecently'));
    await expect(world.transport.declare({ queue: 'work', types: ['order.placed'] })).rejects.toMatchObject({
      code: 'ERR_TRANSPORTS_UNAVAILABLE',
    });
  });

  test('and made again with other dead letters sends them there', async () => {
    await using world = await awsLikeWorld();
    const reader = world.transport.reader('work');
    world.server.on('ReceiveMessage', () => messages([{ id: 'a' }]));
    const [before] = await reader.pull(1, { waitMs: 0 });
    await before?.deadLetter('Refused.');
    world.server.on('ReceiveMessage', () => failure(400, 'QueueDoesNotExist'));
    await expect(reader.pull(1, { waitMs: 0 })).rejects.toMatchObject({ code: 'ERR_TRANSPORTS_UNKNOWN_QUEUE' });
    const properties = { queue: 'work', types: ['order.placed'], deadLetterQueue: 'other', leaseMs: 30_000 };
    const tags = tagsOf({ kind: 'queue', namespace: 'holdfast', delivery: 'direct', properties });
    world.server
      .on('ListQueueTags', () => ({ body: { Tags: tags } }))
      .on('ReceiveMessage', () => messages([{ id: 'b' }]));
    const [after] = await reader.pull(1, { waitMs: 0 });
    await after?.deadLetter('Refused.');
    const urls = world.server.of('SendMessageBatch').map(({ body }) => String(body['QueueUrl']).split('/').pop());
    expect(urls).toEqual(['holdfast-work__dead-letter', 'holdfast-other']);
  });
});

describe('a topic', () => {
  test('is made again by a declaration, in case it was deleted, and gets each message once', async () => {
    const fanOut = new FakeFanOut();
    await using world = await awsLikeWorld({ fanOut });
    const properties = { types: ['order.placed'], deadLetterQueue: 'dead', leaseMs: 30_000 };
    world.server.on('ListQueueTags', ({ body }) => {
      const queue = String(body['QueueUrl']).split('-').pop() ?? '';
      const isDead = queue === 'dead';
      const own = { ...properties, queue, types: isDead ? [] : properties.types };
      const kind = isDead ? 'dead-letters' : 'queue';
      return { body: { Tags: tagsOf({ kind, namespace: 'holdfast', delivery: 'fan-out', properties: own }) } };
    });
    world.server.on('GetQueueAttributes', ({ body }) => ({
      body: { Attributes: { QueueArn: `arn:${String(body['QueueUrl']).split('-').pop()}` } },
    }));
    await world.transport.declare({ ...properties, queue: 'one' });
    fanOut.subscriptions = ['one', 'two'].map((queue) => ({ queueArn: `arn:${queue}`, filter: null }));
    expect(await world.transport.publish([placed])).toEqual([{ outcome: 'accepted' }]);
    const { opened } = fanOut;
    await world.transport.declare({ ...properties, queue: 'two' });
    expect(fanOut.opened).toBe(opened + 1);
    expect(await world.transport.publish([placed])).toEqual([{ outcome: 'accepted' }]);
    expect(fanOut.sent).toHaveLength(2);
  });

  test('with a subscription that others filter in their own way routes all else', async () => {
    const fanOut = new FakeFanOut();
    await using world = await awsLikeWorld({ fanOut });
    const filterOf = (value: string) => ({ attribute: 'ce-type', values: [value] });
    fanOut.subscriptions = [
      { queueArn: 'arn:theirs', filter: filterOf('"not JSON') },
      { queueArn: 'arn:work', filter: filterOf('order.placed') },
    ];
    expect(await world.transport.publish([placed])).toEqual([{ outcome: 'accepted' }]);
  });
});
