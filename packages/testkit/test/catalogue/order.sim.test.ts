import { type Check, simulate, sweep } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import type { World } from '../../src/kernel/world.ts';
import { type OrderFacts, orderWorld } from './order-world.ts';

const orderIds = ({ server }: OrderFacts) =>
  server.rows('select order_id from purchase_order').map(({ order_id }) => String(order_id));

const checks: readonly Check<OrderFacts>[] = [
  {
    name: 'an order and its message exist together',
    check: (facts) => {
      const text = "select json_extract(body, '$.orderId') as id from holdfast_outbox_log";
      const sent = facts.server.rows(text).map(({ id }) => String(id));
      return orderIds(facts).sort().join() === sent.sort().join() ? [] : ['They do not.'];
    },
  },
  {
    name: 'one key makes one order, and everybody is told of that one',
    check: (facts) => {
      const ids = orderIds(facts);
      const wrong = facts.keys.filter((key) => {
        const told = new Set(facts.told.get(key));
        return told.size !== 1 || !ids.includes([...told][0] ?? '');
      });
      const more = ids.length - facts.keys.length;
      return [...wrong.map((key) => `Not so for "${key}".`), ...(more === 0 ? [] : [`There are ${more} orders more.`])];
    },
  },
  {
    name: 'no update is lost',
    check: ({ server }) =>
      server
        .rows(
          'select customer, orders, (select count(*) from purchase_order o where o.customer = a.customer) as made from account a',
        )
        .filter(({ orders, made }) => orders !== made)
        .map(
          ({ customer, orders, made }) =>
            `"${String(customer)}" has ${Number(made)} orders, and ${Number(orders)} are counted.`,
        ),
  },
  {
    name: 'situations',
    check: (_, world) => {
      for (const { at, kind } of world.simulation.happened) seeSituation(world, at, kind);
      return [];
    },
  },
];

function seeSituation(world: World, at: string, kind: string): void {
  if (kind === 'crash-before' && at.includes('holdfast_outbox')) world.see('died between the order and its message');
  if (kind === 'error-after' && at.includes('orders.commit')) world.see('committed, and the answer lost');
}

test('F3.5, F3.6, F3.7: whatever dies or is lost, order and message exist together, one key makes one order, and no update is lost', async () => {
  const { figures } = await simulate({
    name: 'orders',
    world: (world) => orderWorld(world),
    check: checks,
    seeds: 80,
    repeat: 0.1,
    sometimes: [
      'died between the order and its message',
      'the outcome of a commit was unknown',
      'committed, and the answer lost',
      'somebody else was faster: a conflict',
    ],
  });
  expect(figures.seeds).toBe(80);
});

test('F3.5, F3.7: no single fault at any statement of the order service, its commits included, tears or doubles an order', async () => {
  const { failures, missed, seen } = await sweep({
    world: (world) => orderWorld(world, { clients: 1 }),
    check: checks,
  });
  expect(failures).toEqual([]);
  expect(missed).toBe(0);
  expect(seen['died between the order and its message']).toBeGreaterThan(0);
  expect(seen['committed, and the answer lost']).toBeGreaterThan(0);
});
