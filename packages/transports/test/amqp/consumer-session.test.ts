import { ManualClock } from '@holdfast/core/testing';
import { describe, expect, test } from 'vitest';
import { amqpSettings } from '../../src/amqp/amqp-settings.ts';
import { ConsumerSession, type HeldMessage } from '../../src/amqp/consumer-session.ts';
import { FakeChannel } from './fake-channel.ts';

async function consuming(prefetch: number) {
  const clock = new ManualClock();
  const channel = new FakeChannel();
  const held: HeldMessage[] = [];
  const session = new ConsumerSession({
    channel: channel.asChannel(),
    queue: 'payment',
    terms: { leaseMs: 30_000, deadLetters: { exchange: '', routingKey: 'dead' } },
    settings: amqpSettings({ connect: () => Promise.reject(new Error('not here')), clock }),
    onMessage: (message) => held.push(message),
    onCancelled: () => {},
    onLost: () => {},
  });
  await session.consume(prefetch);
  channel.log.length = 0;
  const ack = (from: number, to: number) => Promise.all(held.slice(from, to).map((message) => session.ack(message)));
  return { clock, channel, held, session, ack };
}

describe('ConsumerSession', () => {
  test('it grows only when the broker has sent all that it may, and keeps acks back until then', async () => {
    const { clock, channel, session, ack } = await consuming(4);
    channel.deliver(3);
    session.grow(16);
    const acks = ack(0, 3);
    await clock.settle();
    expect(channel.log).toEqual([]);
    channel.deliver(1);
    await acks;
    expect(channel.log.slice(0, 4)).toEqual(['cancel', 'prefetch 16', 'consume', 'ack up to 3']);
    expect(session.prefetch).toBe(16);
  });

  test('it does not grow when there are not so many messages, and sends the acks', async () => {
    const { clock, channel, session, ack } = await consuming(4);
    channel.deliver(2);
    session.grow(16);
    const acks = ack(0, 2);
    await clock.advance(20);
    await acks;
    expect(channel.log).toEqual(['ack up to 2', 'prefetch 4']);
    expect(session.prefetch).toBe(4);
  });

  test('acks of one turn are one ack and one question, and others wait for its answer', async () => {
    const { channel, ack } = await consuming(100);
    channel.deliver(20);
    await Promise.all([ack(0, 5), ack(5, 10), ack(12, 13)]);
    expect(channel.log).toEqual(['ack up to 10', 'ack 13', 'prefetch 100']);
  });

  test('after many acks that are not next to each other the question waits until the queue has written them', async () => {
    const { clock, channel, held, session } = await consuming(100);
    channel.deliver(40);
    const acks = held.filter((_, index) => index % 2 === 1).map((message) => session.ack(message));
    await clock.settle();
    expect(channel.log).toHaveLength(20);
    await clock.advance(30);
    await Promise.all(acks);
    expect(channel.log.at(-1)).toBe('prefetch 100');
  });

  test('what is settled makes room, whatever it came with', async () => {
    const { channel, held, session, ack } = await consuming(4);
    channel.deliver(4);
    expect(session.credit).toBe(0);
    await ack(0, 1);
    session.giveBack(held[1] as HeldMessage);
    expect(session.credit).toBe(2);
    await session.cancel();
    await session.consume(4);
    await ack(2, 3);
    expect(session.credit).toBe(4);
    channel.deliver(1);
    expect(session.credit).toBe(3);
  });

  test('it consumes anew only while nothing can be on its way, whoever asked for that when', async () => {
    const { channel, session, ack } = await consuming(4);
    channel.deliver(4);
    session.grow(16);
    const stale = session.consume(4);
    await stale;
    expect(channel.log).toEqual(['cancel', 'prefetch 16', 'consume']);
    channel.log.length = 0;
    channel.deliver(1);
    await session.consume(4);
    expect(channel.log).toEqual([]);
    await ack(0, 1);
  });

  test('while it ends a consumption it sends no acks, which would let the broker send more', async () => {
    const { clock, channel, session, ack } = await consuming(4);
    channel.deliver(2);
    const { promise, resolve } = Promise.withResolvers<void>();
    channel.cancel = () => promise;
    const cancelled = session.cancel();
    const acked = ack(0, 1);
    await clock.settle();
    expect(channel.log).toEqual([]);
    resolve();
    await Promise.all([cancelled, acked]);
    expect(channel.log).toEqual(['ack up to 1', 'prefetch 4']);
  });

  test('closing sends the acks first, and a channel that is gone rejects them', async () => {
    const { channel, held, session, ack } = await consuming(4);
    channel.deliver(2);
    const acked = ack(0, 1);
    await session.close();
    await acked;
    expect(channel.log).toEqual(['ack up to 1', 'prefetch 4', 'close']);
    await expect(session.ack(held[1] as HeldMessage)).rejects.toMatchObject({ code: 'ERR_CORE_LEASE_LOST' });

    const lost = await consuming(4);
    lost.channel.deliver(1);
    const rejected = expect(lost.ack(0, 1)).rejects.toMatchObject({ code: 'ERR_CORE_LEASE_LOST' });
    lost.channel.emit('close');
    await rejected;
    expect(lost.session.isAlive).toBe(false);
  });
});
