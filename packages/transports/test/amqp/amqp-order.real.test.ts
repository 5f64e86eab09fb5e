import type { Random } from '@holdfast/core';
import { SeededRandom } from '@holdfast/core/testing';
import type { AmqpTransport } from '@holdfast/transports/amqp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { envelope } from '../envelopes.ts';
import { type AmqpWorld, amqpWorld } from './amqp-world.ts';

let world: AmqpWorld;

beforeEach(async () => {
  world = await amqpWorld();
});

afterEach(() => world.close());

const COUNT = 1_500;
const HELD = 100;

interface Reading {
  readonly random: Random;
  /** Most messages of a pull. */
  readonly max: number;
  /** How long pulls wait, one of these. */
  readonly waits: readonly number[];
  /** How often in a hundred pulls the reader pauses. */
  readonly pauses: number;
}

async function publishSlowly(transport: AmqpTransport, type: string, random: Random): Promise<void> {
  for (let sent = 0; sent < COUNT; ) {
    const size = Math.min(COUNT - sent, 1 + Math.floor(random.next() * 8));
    await transport.publish(Array.from({ length: size }, (_, at) => envelope(`${sent + at}`, { type, key: 'k' })));
    sent += size;
    await world.passTime(random.next() * 4);
  }
}

/** The numbers of all messages in the order in which they came first. They are acked out of order, without waiting. */
async function readAll(transport: AmqpTransport, queue: string, reading: Reading): Promise<readonly number[]> {
  const { random, max, waits, pauses } = reading;
  const reader = transport.reader(queue);
  const seen = new Set<number>();
  const acks: Promise<void>[] = [];
  while (seen.size < COUNT) {
    const waitMs = waits[Math.floor(random.next() * waits.length)] ?? 0;
    const deliveries = await reader.pull(1 + Math.floor(random.next() * max), { waitMs });
    for (const { envelope: one } of deliveries) seen.add(Number(one.id));
    acks.push(...deliveries.toReversed().map((delivery) => delivery.ack()));
    if (acks.length > HELD) await Promise.all(acks.splice(0));
    if (random.next() * 100 < pauses) await world.passTime(150 + random.next() * 150);
  }
  await Promise.all(acks);
  return [...seen];
}

const sorted = Array.from({ length: COUNT }, (_, number) => number);

test.each([
  { name: 'pauses now and then', max: 5, waits: [200], pauses: 4 },
  { name: 'only looks', max: 5, waits: [0, 0, 1, 3], pauses: 0 },
  { name: 'takes one at a time', max: 1, waits: [0, 1, 20], pauses: 0 },
])('first deliveries to a reader that $name are in order while messages come', async ({ max, waits, pauses }) => {
  const [queue, type, random] = [world.name('q'), world.name('placed'), new SeededRandom(7)];
  const [sender, receiver] = [await world.connect(), await world.connect()];
  await sender.declare({ queue, types: [type] });
  const publishing = publishSlowly(sender, type, new SeededRandom(11));
  const came = await readAll(receiver, queue, { random, max, waits, pauses });
  await publishing;
  expect(came).toEqual(sorted);
});
