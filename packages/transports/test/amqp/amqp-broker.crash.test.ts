import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type RabbitmqService, startRabbitmq } from '../../../../scripts/services/rabbitmq.ts';
import { envelope, envelopes } from '../envelopes.ts';
import { type AmqpWorld, amqpWorld } from './amqp-world.ts';

let broker: RabbitmqService;
let world: AmqpWorld;

beforeAll(async () => {
  broker = await startRabbitmq({ own: true });
});

afterAll(() => broker.stop());

beforeEach(async () => {
  world = await amqpWorld({ url: broker.url });
});

afterEach(() => world.close());

const KILLS = 3;

test('F4.1: a broker that is killed and comes back, again and again, loses nothing that it accepted, and both go on by themselves', async () => {
  const [queue, type] = [world.name('q'), world.name('placed')];
  const [sender, receiver] = [await world.connect(), await world.connect()];
  await sender.declare({ queue, types: [type], leaseMs: 10_000 });
  await broker.syncQueues();
  const accepted = new Set<string>();
  const received = new Set<string>();
  const stop = new AbortController();
  const sending = (async () => {
    for (let number = 0; !stop.signal.aborted; number += 1) {
      const one = envelope(`m${number}`, { type, key: 'k' });
      // As a relay does: the same message again until it is accepted.
      for (let outcome = ''; outcome !== 'accepted'; ) {
        outcome = (await sender.publish([one]))[0]?.outcome ?? '';
        if (outcome !== 'accepted') await world.passTime(20);
      }
      accepted.add(one.id);
    }
  })();
  const receive = async () => {
    const deliveries = await receiver.reader(queue).pull(50, { waitMs: 500 });
    for (const { envelope: one } of deliveries) received.add(one.id);
    await Promise.all(deliveries.map((delivery) => delivery.ack()));
  };
  let last = 0;
  const receiving = (async () => {
    while (!stop.signal.aborted) {
      await receive().catch(() => world.passTime(20));
      last = performance.now();
    }
  })();
  for (let kill = 0; kill < KILLS; kill += 1) {
    await vi.waitUntil(() => received.size > 0 && accepted.size > received.size - 1, { timeout: 10_000 });
    await broker.restart('kill');
    const [before, back] = [received.size, performance.now()];
    await vi.waitUntil(() => received.size > before, { timeout: 10_000, interval: 10 });
    expect(performance.now() - back).toBeLessThan(5_000);
    expect(last).toBeGreaterThan(0);
  }
  stop.abort();
  await Promise.all([sending, receiving]);
  await vi.waitUntil(
    async () => {
      await receive().catch(() => {});
      return [...accepted].every((id) => received.has(id));
    },
    { timeout: 20_000 },
  );
});

test('F4.2: while the broker has a memory alarm publishes are unavailable, reading and acks go on, and nothing is lost', async () => {
  const [queue, type] = [world.name('q'), world.name('placed')];
  const transport = await world.connect();
  await transport.declare({ queue, types: [type] });
  await transport.publish(envelopes(10, { type }));
  await broker.raiseMemoryAlarm();
  const receipts = [];
  // The broker tells of its alarm when something is published.
  for (let index = 0; index < 20; index += 1) {
    receipts.push(...(await transport.publish([envelope(`alarm${index}`, { type, key: 'k' })])));
  }
  const unavailable = receipts.filter(({ outcome }) => outcome === 'unavailable');
  expect(unavailable.length).toBeGreaterThan(15);
  expect(unavailable.at(-1)).toMatchObject({ reason: expect.stringContaining('takes no messages for now') });
  expect(world.events).toContainEqual({ type: 'blocked', reason: expect.any(String) });
  const deliveries = await transport.reader(queue).pull(5, { waitMs: 5_000 });
  const [dead, ...others] = deliveries;
  await Promise.all(others.map((delivery) => delivery.ack()));
  await expect(dead?.deadLetter('Refused.')).rejects.toMatchObject({ code: 'ERR_TRANSPORTS_UNAVAILABLE' });
  await broker.clearMemoryAlarm();
  await vi.waitUntil(
    async () => (await transport.publish([envelope('after', { type, key: 'k' })]))[0]?.outcome === 'accepted',
    {
      timeout: 20_000,
    },
  );
  await dead?.deadLetter('Refused.');
  expect(world.events.filter((event) => event.type === 'disconnected')).toEqual([]);
  const rest = new Set<string>();
  const reader = transport.reader(queue);
  for (let pulled = await reader.pull(50, { waitMs: 1_000 }); pulled.length > 0; ) {
    for (const { envelope: one } of pulled) rest.add(one.id);
    pulled = await reader.pull(50, { waitMs: 1_000 });
  }
  const handled = new Set(deliveries.map((delivery) => delivery.envelope.id));
  const expected = envelopes(10)
    .map(({ id }) => id)
    .filter((id) => !handled.has(id));
  expect([...rest].filter((id) => id.startsWith('m')).sort()).toEqual(expected.sort());
  expect(rest).toContain('after');
});
