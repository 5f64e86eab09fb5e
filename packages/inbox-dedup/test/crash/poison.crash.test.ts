import { SeededRandom } from '@holdfast/core/testing';
import { expect, test } from 'vitest';
import { ConsumerProcesses } from './consumer-processes.ts';
import { countsOf, databases, drained, openCrashWorld, publishOrders, sentOf } from './crash-world.ts';

/** With the poison they are one pull, so that all are at work together. */
const NEIGHBOURS = 5;

test.each(databases)(
  '%s, F5.9: a message that kills its process each time is dead-lettered after 3, the neighbours that it took along are applied',
  async (kind) => {
    const world = await openCrashWorld(kind, 2_000);
    const neighbours = Array.from({ length: NEIGHBOURS }, (_, index) => `o${index}`);
    await publishOrders(world, [...neighbours, 'poison'], { copies: 1, chance: new SeededRandom(Date.now()) });
    const consumers = new ConsumerProcesses({ where: world.where, work: 'poison' });
    consumers.start('at once');
    await drained(world, consumers);
    await consumers.end();
    const dead = await world.transport.deadLetters('payment');
    expect(dead.map(({ envelope }) => envelope.id)).toEqual(['m poison']);
    expect(dead[0]?.reason).toContain('ERR_INBOX_QUARANTINED');
    expect(consumers.deaths).toBe(3);
    expect(consumers.of('working').filter((orderId) => orderId === 'poison')).toHaveLength(3);
    expect(await countsOf(world, 'effect')).toEqual({ distinct: NEIGHBOURS, more: [] });
    expect(await sentOf(world)).toEqual({ messages: NEIGHBOURS, causes: NEIGHBOURS });
  },
);
