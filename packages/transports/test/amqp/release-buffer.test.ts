import { ManualClock } from '@holdfast/core/testing';
import { describe, expect, test } from 'vitest';
import { amqpSettings } from '../../src/amqp/amqp-settings.ts';
import { ConsumerSession } from '../../src/amqp/consumer-session.ts';
import { MessageBuffer } from '../../src/amqp/message-buffer.ts';
import { releaseBuffer } from '../../src/amqp/release-buffer.ts';
import { FakeChannel } from './fake-channel.ts';

/** Three messages were pulled ahead, of ten that may be held. */
async function ahead({ limit = 10, isWanted = (): boolean => false } = {}) {
  const channel = new FakeChannel();
  const buffer = new MessageBuffer();
  const session = new ConsumerSession({
    channel: channel.asChannel(),
    queue: 'payment',
    terms: { leaseMs: 30_000, deadLetters: { exchange: '', routingKey: 'dead' } },
    settings: amqpSettings({ connect: () => Promise.reject(new Error('not here')), clock: new ManualClock() }),
    onMessage: (message) => buffer.add(message),
    onCancelled: () => {},
    onLost: () => {},
  });
  await session.consume(3);
  channel.deliver(3);
  channel.log.length = 0;
  const release = () => releaseBuffer({ session, buffer, limit, isWanted });
  return { channel, buffer, release };
}

describe('releaseBuffer', () => {
  test('what came back to the queue before goes behind what is given back now', async () => {
    const { channel, buffer, release } = await ahead();
    channel.ready.push(true, true, false, false);
    await release();
    expect(channel.log.slice(0, 4)).toEqual(['cancel', 'get', 'get', 'get']);
    expect(channel.log.slice(4)).toEqual(['nack 1', 'nack 2', 'nack 3', 'nack 4', 'nack 5', 'nack 6']);
    expect(buffer.size).toBe(0);
  });

  test('a pull that comes meanwhile gets what is here', async () => {
    let gets = 0;
    const { channel, buffer, release } = await ahead({ isWanted: () => ++gets > 1 });
    channel.ready.push(true, true);
    await release();
    expect(channel.log).toEqual(['cancel', 'get']);
    expect(buffer.size).toBe(4);
  });

  test('it never holds more than the limit', async () => {
    const { channel, release } = await ahead({ limit: 4 });
    channel.ready.push(true, true, true);
    await release();
    expect(channel.log).toEqual(['cancel', 'get', 'nack 1', 'nack 2', 'nack 3', 'nack 4']);
  });

  test('nothing is taken where nothing was pulled ahead', async () => {
    const { channel, buffer, release } = await ahead();
    buffer.clear();
    channel.ready.push(true);
    await release();
    expect(channel.log).toEqual(['cancel']);
  });
});
