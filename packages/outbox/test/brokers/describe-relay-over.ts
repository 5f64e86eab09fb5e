import { SeededRandom } from '@holdfast/core/testing';
import type { Relay } from '@holdfast/outbox';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SteadyWriters } from '../crash/steady-writers.ts';
import { type PostgresOutbox, postgresOutbox } from '../postgres/postgres-outbox.ts';
import type { BrokerWorld } from './broker-world.ts';
import { CountingConsumer } from './counting-consumer.ts';

/** On a machine that others use, too. */
const LIMIT_MS = 150_000;

/** What a relay and a transport keep together, against a real broker whose network fails. */
export function describeRelayOver(name: string, open: () => Promise<BrokerWorld>): void {
  describe(`a relay over ${name}`, { timeout: LIMIT_MS }, () => {
    test('F4.1: an outage burns no attempt and parks nothing; the backlog drains by itself, in order', async () => {
      const { world, outbox, consumer } = await opened(open);
      const relay = relayOver(outbox, world);
      relay.start();
      await outbox.send({ key: 'a' }, { key: 'b' });
      await consumer.until(() => consumer.distinct === 2);
      world.proxy.refuse();
      world.proxy.reset();
      await outbox.send({ key: 'a' });
      await until(() => outbox.events.some(({ type }) => type === 'destination-unavailable'));
      const sent: string[] = [];
      for (let index = 0; index < 200; index += 1) sent.push(...(await outbox.send({ key: 'a' })));
      await until(() => !isAvailable(relay));
      expect((await outbox.outbox.parked()).length).toBe(0);
      world.proxy.heal();
      await consumer.until(() => consumer.distinct === 203);
      expect(consumer.firstIds('a').slice(2)).toEqual(sent);
      expect((await outbox.outbox.parked()).length).toBe(0);
    });

    test('F4.5: connections cut, answers lost and a black hole while services send: nothing is lost, order per key is kept', async () => {
      const { world, outbox, consumer } = await opened(open, 12);
      const relay = relayOver(outbox, world);
      relay.start();
      const writers = await SteadyWriters.start(outbox, { writers: 4, pauseMs: 10 });
      const chance = new SeededRandom(5);
      for (let round = 0; round < 9; round += 1) {
        const before = consumer.distinct;
        await consumer.until(() => consumer.distinct >= before + chance.integer(20, 80));
        await until(() => isAvailable(relay));
        const outages = outagesOf(outbox);
        // Messages arrive and nobody says so; or nothing goes either way.
        if (round % 3 !== 0) world.proxy.silence(round % 3 === 1 ? 'down' : undefined);
        await until(() => {
          // A cut of connections that carry nothing at that moment goes unnoticed: cut until one is noticed.
          if (round % 3 === 0) world.proxy.reset();
          return outagesOf(outbox) > outages;
        });
        world.proxy.heal();
      }
      const truth = await writers.stop();
      const total = [...truth.values()].flat().length;
      await consumer.until(() => consumer.distinct >= total, 60_000);
      for (const [key, ids] of truth) expect(consumer.firstIds(key)).toEqual(ids);
      expect(consumer.distinct).toBe(total);
      expect((await outbox.outbox.parked()).length).toBe(0);
    });

    test('F4.6: what no queue takes is not published but parked with its reason; redriven in order once there is a queue', async () => {
      const { world, outbox, consumer } = await opened(open);
      const late = `${world.queue}-late`;
      const type = `${world.queue}.late`.replaceAll(/[^a-z0-9.]/g, '.');
      const relay = relayOver(outbox, world);
      relay.start();
      const ids = await outbox.send({ key: 'k', type }, { key: 'k', type }, { key: 'other' });
      await consumer.until(() => consumer.distinct === 1);
      await until(async () => (await outbox.outbox.parked()).length === 2);
      const [first, second] = await outbox.outbox.parked();
      expect([first?.id, second?.id]).toEqual(ids.slice(0, 2));
      expect(first?.reason).toContain(type);
      await world.consumer.declare({ queue: late, types: [type] });
      await world.publisher.declare({ queue: late, types: [type] });
      await outbox.outbox.request('redrive', { key: 'k' });
      const lateConsumer = new CountingConsumer(world.consumer.reader(late));
      onTestFinished(() => lateConsumer.stop());
      await lateConsumer.until(() => lateConsumer.distinct === 2);
      expect(lateConsumer.firstIds('k')).toEqual(ids.slice(0, 2));
    });
  });
}

async function opened(open: () => Promise<BrokerWorld>, poolSize?: number) {
  const outbox = await postgresOutbox(18, poolSize === undefined ? {} : { poolSize });
  const world = await open();
  await world.publisher.declare({ queue: world.queue, types: ['order.placed'], leaseMs: 10_000 });
  await world.consumer.declare({ queue: world.queue, types: ['order.placed'], leaseMs: 10_000 });
  const consumer = new CountingConsumer(world.consumer.reader(world.queue));
  onTestFinished(() => consumer.stop());
  return { world, outbox, consumer };
}

function relayOver(outbox: PostgresOutbox, { publisher }: BrokerWorld) {
  return outbox.relayOf({ publisher, leaseMs: 2_000, pollMaxMs: 50, batchSize: 50, windowSize: 500 });
}

function outagesOf({ events }: PostgresOutbox): number {
  return events.filter(({ type }) => type === 'destination-unavailable').length;
}

function isAvailable(relay: Relay): boolean {
  return relay.status().every(({ breaker }) => breaker === 'closed');
}

async function until(condition: () => boolean | Promise<boolean>, limitMs = 60_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within ${limitMs} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
