import { ManualClock, SeededRandom } from '@holdfast/core/testing';
import type { AmqpConnection, AmqpEvent } from '@holdfast/transports/amqp';
import { describe, expect, test } from 'vitest';
import { AmqpLink } from '../../src/amqp/amqp-link.ts';
import { amqpSettings } from '../../src/amqp/amqp-settings.ts';
import { FakeConnection } from './fake-connection.ts';

function openLink(connect: () => Promise<AmqpConnection>) {
  const clock = new ManualClock();
  const events: AmqpEvent[] = [];
  const downs: string[] = [];
  const settings = amqpSettings({
    connect,
    clock,
    random: new SeededRandom(1),
    answerTimeoutMs: 1_000,
    silenceMs: 4_000,
    onEvent: (event) => {
      events.push(event);
      throw new Error('What a listener throws is its own.');
    },
  });
  const link = new AmqpLink({
    name: 'consuming',
    settings,
    open: async () => {},
    onDown: (reason) => downs.push(reason),
  });
  return { clock, events, downs, link };
}

describe('AmqpLink', () => {
  test('it tries again with pauses of at most 2 s, tells of an outage once, and of its end', async () => {
    let attempts = 0;
    const connection = new FakeConnection();
    const { clock, events, downs, link } = openLink(async () => {
      attempts += 1;
      if (attempts < 20) throw new Error('refused');
      return connection.asConnection();
    });
    link.start();
    await clock.advance(1_000);
    expect(attempts).toBeGreaterThan(2);
    expect(link.problem).toBe('The broker cannot be reached: Error: refused');
    await clock.advance(40_000);
    expect(attempts).toBe(20);
    expect(downs).toHaveLength(19);
    expect(events.map(({ type }) => type)).toEqual(['disconnected', 'connected']);
    expect([link.problem, link.connection]).toEqual([null, connection]);
    await link.close();
    expect(clock.sleeping).toBe(0);
  });

  test('a function that opens a connection and does not return it is an outage, and does not end the process', async () => {
    const { clock, link, downs } = openLink(async () => undefined as never);
    link.start();
    await clock.advance(1);
    expect(downs[0]).toContain('"connect" gave no connection');
    await link.close();
    expect(clock.sleeping).toBe(0);
  });

  test('an attempt that is not answered ends, and a connection that comes after that is given up', async () => {
    const late = Promise.withResolvers<AmqpConnection>();
    const connections = [late.promise, Promise.resolve(new FakeConnection().asConnection())];
    const { clock, link } = openLink(() => connections.shift() ?? Promise.reject(new Error('refused')));
    link.start();
    await clock.advance(999);
    expect(link.problem).toBeNull();
    await clock.advance(2_000);
    const current = link.connection;
    expect(current).not.toBeNull();
    const tooLate = new FakeConnection();
    late.resolve(tooLate.asConnection());
    await clock.settle();
    expect(tooLate.destroyed).toBe(1);
    expect(link.connection).toBe(current);
    await link.close();
  });

  test('F13.3: a connection that does not answer a question is given up after the time for silence', async () => {
    const connections = [new FakeConnection(), new FakeConnection()];
    const [silent] = connections;
    const { clock, downs, link } = openLink(async () => (connections.shift() ?? new FakeConnection()).asConnection());
    link.start();
    await clock.advance(30_000);
    expect(downs).toEqual([]);
    if (silent !== undefined) silent.answers = false;
    await clock.advance(4_100);
    expect(downs).toEqual([expect.stringContaining('silent for 4000 ms')]);
    expect(silent?.destroyed).toBe(1);
    await clock.advance(200);
    expect(link.problem).toBeNull();
    await link.close();
    expect(clock.sleeping).toBe(0);
  });

  test('F4.2: a blocked connection is not asked, and is good again when it is unblocked', async () => {
    const connection = new FakeConnection();
    const { clock, events, downs, link } = openLink(async () => connection.asConnection());
    link.start();
    await clock.settle();
    connection.answers = false;
    connection.emit('blocked', 'low on memory');
    expect(link.problem).toBe('The broker takes no messages for now: low on memory');
    await clock.advance(60_000);
    connection.answers = true;
    connection.emit('unblocked');
    await clock.advance(60_000);
    expect([link.problem, downs]).toEqual([null, []]);
    expect(events.map(({ type }) => type)).toEqual(['connected', 'blocked', 'unblocked']);
    await link.close();
  });

  test('close ends an attempt in progress, and gives a silent connection up', async () => {
    const never = openLink(() => new Promise(() => {}));
    never.link.start();
    await never.clock.advance(10);
    await never.link.close();
    expect(await never.link.connected(1_000)).toBeNull();

    const connection = new FakeConnection();
    const { clock, link } = openLink(async () => connection.asConnection());
    link.start();
    await clock.settle();
    connection.answers = false;
    const closing = link.close();
    await clock.advance(1_000);
    await closing;
    expect(connection.destroyed).toBe(1);
    expect(clock.sleeping).toBe(0);
  });
});
