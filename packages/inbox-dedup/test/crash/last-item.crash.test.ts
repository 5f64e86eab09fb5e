import { SeededRandom } from '@holdfast/core/testing';
import { expect, test } from 'vitest';
import { ConsumerProcesses } from './consumer-processes.ts';
import { countsOf, databases, drained, openCrashWorld, publishOrders, sentOf } from './crash-world.ts';

const ITEMS = 60;
const ORDERS = 100;
const COPIES = 3;
const CONSUMERS = 8;
const KILLS = 12;

test.each(databases)(
  `%s, F12.1, F12.2: ${CONSUMERS} processes take ${ITEMS} items for ${ORDERS} orders that come ${COPIES} times, with ${KILLS} kill -9: never oversold, each order once, decrement and answer together`,
  async (kind) => {
    const chance = new SeededRandom(Date.now());
    const world = await openCrashWorld(kind, 2_000);
    await world.query(`insert into stock values ('a', ${ITEMS})`);
    const orderIds = Array.from({ length: ORDERS }, (_, index) => `o${index}`);
    await publishOrders(world, orderIds, { copies: COPIES, chance });
    let next = chance.integer(1, 7);
    const consumers = new ConsumerProcesses({ where: world.where, work: 'stock' }, (consumer, line) => {
      if (!line.startsWith('working ')) return;
      next -= 1;
      if (consumers.kills === KILLS || next > 0) return;
      // At once: between the decrement and the commit, or soon after it.
      if (consumers.kill(consumer)) next = chance.integer(3, 7);
    });
    for (let index = 0; index < CONSUMERS; index += 1) consumers.start(index % 2 === 0 ? 'one by one' : 'batch');
    await drained(world, consumers);
    await consumers.end();
    expect((await world.query('select n from stock')).map((row) => Number(row['n']))).toEqual([0]);
    expect(await countsOf(world, 'taken')).toEqual({ distinct: ITEMS, more: [] });
    expect(await countsOf(world, 'refused')).toEqual({ distinct: ORDERS - ITEMS, more: [] });
    expect(await world.query('select t.order_id from taken t join refused r on r.order_id = t.order_id')).toEqual([]);
    expect(await sentOf(world)).toEqual({ messages: ORDERS, causes: ORDERS });
    expect(consumers.deaths).toBe(KILLS);
  },
);
