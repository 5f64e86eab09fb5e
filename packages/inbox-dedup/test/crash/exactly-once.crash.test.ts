import { SeededRandom } from '@holdfast/core/testing';
import { expect, test } from 'vitest';
import { ConsumerProcesses } from './consumer-processes.ts';
import { countsOf, databases, drained, openCrashWorld, publishOrders, sentOf } from './crash-world.ts';

const MESSAGES = 200;
const COPIES = 10;
const CONSUMERS = 8;
const KILLS = 16;

test.each(databases)(
  `%s, F5.1: ${MESSAGES * COPIES} deliveries of ${MESSAGES} messages to ${CONSUMERS} processes, with ${KILLS} kill -9 at random: each takes effect and is answered once`,
  async (kind) => {
    const chance = new SeededRandom(Date.now());
    const world = await openCrashWorld(kind, 2_000);
    const orderIds = Array.from({ length: MESSAGES }, (_, index) => `o${index}`);
    await publishOrders(world, orderIds, { copies: COPIES, chance });
    let next = chance.integer(1, 60);
    const consumers = new ConsumerProcesses({ where: world.where, work: 'effect' }, (consumer) => {
      next -= 1;
      if (consumers.kills === KILLS || next > 0) return;
      // Somewhere in the middle of what it does next.
      if (consumers.kill(consumer, chance.integer(0, 8))) next = chance.integer(20, 130);
    });
    for (let index = 0; index < CONSUMERS; index += 1) consumers.start(index % 2 === 0 ? 'one by one' : 'batch');
    await drained(world, consumers);
    await consumers.end();
    expect(await countsOf(world, 'effect')).toEqual({ distinct: MESSAGES, more: [] });
    expect(await sentOf(world)).toEqual({ messages: MESSAGES, causes: MESSAGES });
    expect(await world.transport.deadLetters('payment')).toEqual([]);
    expect(consumers.of('duplicate').length).toBeGreaterThan(MESSAGES * (COPIES - 2));
    expect(consumers.deaths).toBe(KILLS);
  },
);
