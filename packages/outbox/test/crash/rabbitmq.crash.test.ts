import { expect, onTestFinished, test, vi } from 'vitest';
import { type RabbitmqService, startRabbitmq } from '../../../../scripts/services/rabbitmq.ts';
import { CountingConsumer } from '../brokers/counting-consumer.ts';
import { rabbitmqWorld } from '../brokers/rabbitmq-world.ts';
import { postgresOutbox } from '../postgres/postgres-outbox.ts';
import { SteadyWriters } from './steady-writers.ts';

const KILLS = 20;
const RESUMES_WITHIN_MS = 5_000;

async function ownBroker(): Promise<RabbitmqService> {
  const broker = await startRabbitmq({ own: true });
  onTestFinished(() => broker.stop());
  return broker;
}

test(`F4.1, F4.5, F5.1, F13.3: kill -9 of RabbitMQ ${KILLS} times under load: nothing is lost, and consumption resumes by itself within 5 s each time`, {
  timeout: 600_000,
}, async () => {
  const broker = await ownBroker();
  const outbox = await postgresOutbox(18, { poolSize: 12 });
  const world = await rabbitmqWorld(broker.url);
  await world.consumer.declare({ queue: world.queue, types: ['order.placed'] });
  await world.publisher.declare({ queue: world.queue, types: ['order.placed'] });
  await broker.syncQueues();
  const consumer = new CountingConsumer(world.consumer.reader(world.queue));
  onTestFinished(() => consumer.stop());
  // How soon publishing resumes is up to the relay's probes; how soon the clients are back is up to the transport.
  const relay = outbox.relayOf({ publisher: world.publisher, pollMaxMs: 50, probeMaxMs: 500 });
  relay.start();
  const writers = await SteadyWriters.start(outbox, { writers: 4, pauseMs: 20 });
  const resumed: number[] = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = consumer.arrivals.length;
    await consumer.until(() => consumer.arrivals.length >= before + 20);
    await broker.down('kill');
    const whenDown = consumer.distinct;
    await broker.up();
    const up = performance.now();
    await consumer.until(() => consumer.distinct > whenDown, RESUMES_WITHIN_MS + 10_000);
    resumed.push(performance.now() - up);
  }
  const truth = await writers.stop();
  const total = [...truth.values()].flat().length;
  await consumer.until(() => consumer.distinct >= total, 60_000);
  for (const [key, ids] of truth) {
    expect([...consumer.firstIds(key)].sort()).toEqual([...ids].sort());
    // A broker that comes back gives out what is ready before it knows that the old consumers are gone, and only then
    // what was on its way to them: RabbitMQ keeps no order across redeliveries.
    const inOrder = consumer.firstIdsNotRedelivered(key);
    expect(inOrder).toEqual(ids.filter((id) => inOrder.includes(id)));
    expect(inOrder.length).toBeGreaterThan(ids.length / 2);
  }
  expect(consumer.distinct).toBe(total);
  expect((await outbox.outbox.parked()).length).toBe(0);
  expect(consumer.failedPulls).toBeGreaterThan(0);
  expect(Math.max(...resumed)).toBeLessThan(RESUMES_WITHIN_MS);
});

test('F4.2: while RabbitMQ has a memory alarm nothing is lost, counted or parked; the backlog drains by itself, in order', async () => {
  const broker = await ownBroker();
  const outbox = await postgresOutbox(18);
  const world = await rabbitmqWorld(broker.url);
  await world.consumer.declare({ queue: world.queue, types: ['order.placed'] });
  const consumer = new CountingConsumer(world.consumer.reader(world.queue));
  onTestFinished(() => consumer.stop());
  const relay = outbox.relayOf({ publisher: world.publisher, pollMaxMs: 50, probeMaxMs: 500 });
  relay.start();
  const sent = [...(await outbox.send({ key: 'a' }))];
  await consumer.until(() => consumer.distinct === 1);
  await broker.raiseMemoryAlarm();
  for (let index = 0; index < 300; index += 1) sent.push(...(await outbox.send({ key: 'a' })));
  await vi.waitUntil(() => relay.status().some(({ breaker }) => breaker !== 'closed'), 20_000);
  expect(consumer.distinct).toBe(1);
  expect(outbox.events.some((event) => event.type === 'destination-unavailable')).toBe(true);
  await broker.clearMemoryAlarm();
  await consumer.until(() => consumer.distinct === sent.length);
  expect(consumer.firstIds('a')).toEqual(sent);
  expect((await outbox.outbox.parked()).length).toBe(0);
});
