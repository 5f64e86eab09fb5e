import { defineEvent, EventRegistry, MessageEncoder } from '@holdfast/core';
import type { Work } from '@holdfast/inbox-dedup';
import { type Check, check, profiles, simulate, sweep } from '@holdfast/testkit';
import type { SimulatedSqlite, SqliteHandle } from '@holdfast/testkit/sqlite';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { World } from '../../src/kernel/world.ts';
import { type ConsumerFacts, type ConsumerProgram, consumerWorld, nothingIsDead } from './consumer-world.ts';
import { onDeath } from './on-death.ts';
import { causesOfSent, shopInbox, shopTemplate } from './shop-inbox.ts';

const STOCK = 5;
const wanted = defineEvent('stock.wanted', { versions: { 1: z.object({ orderId: z.string() }) } });
const answered = defineEvent('stock.answered', {
  versions: { 1: z.object({ orderId: z.string(), isReserved: z.boolean() }) },
});
// No rule of the database helps: that stock is never negative is the work's own doing.
const template = shopTemplate(`
  create table stock (sku text primary key, on_hand integer not null) strict;
  insert into stock values ('lamp', ${STOCK});
  create table answer (n integer primary key, order_id text not null, reserved integer not null) strict;
`);

/** Reads, decides, takes and answers, in the transaction of the record. */
function program(world: World, db: SimulatedSqlite): ConsumerProgram {
  const inbox = shopInbox(db, { events: new EventRegistry([wanted]) });
  const work: Work<SqliteHandle> = async (message, { tx, send }) => {
    if (!wanted.is(message)) return;
    const { orderId } = message.data;
    const onHand = tx.prepare<[], number>('select on_hand from stock').pluck().get() ?? 0;
    if (onHand === 1) world.see('an order wants the last item');
    if (onHand === 0) world.see('an order comes too late');
    // Others have time to come in between.
    await world.clock.sleep(1);
    if (onHand > 0) tx.prepare('update stock set on_hand = ?').run(onHand - 1);
    const release = onDeath(() => world.see('died between the decrement and its event'));
    tx.prepare('insert into answer (order_id, reserved) values (?, ?)').run(orderId, onHand > 0 ? 1 : 0);
    await send(answered({ orderId, isReserved: onHand > 0 }));
    release();
  };
  return { handle: (envelope, delivery) => inbox.handle(envelope, work, delivery) };
}

function stockWorld(world: World, orders: number): Promise<ConsumerFacts> {
  const encoder = new MessageEncoder({ source: '/orders', clock: world.clock, ids: world.ids });
  const envelopes = Array.from({ length: orders }, (_, index) => encoder.encode(wanted({ orderId: `o${index + 1}` })));
  return consumerWorld(world, {
    profile: profiles.sqsStandard,
    template,
    envelopes,
    consumers: 3,
    program: (db) => program(world, db),
  });
}

function answers({ db }: ConsumerFacts) {
  return db
    .query('select order_id, reserved from answer')
    .map((row) => ({ orderId: String(row['order_id']), isReserved: row['reserved'] === 1 }));
}

const onHand = ({ db }: ConsumerFacts) => Number(db.query('select on_hand from stock')[0]?.['on_hand']);
const checks: readonly Check<ConsumerFacts>[] = [
  check.stockNeverNegative<ConsumerFacts>({ units: (facts) => [{ sku: 'lamp', units: onHand(facts) }] }),
  {
    name: 'nothing is sold twice, and all that is there is sold',
    check: (facts) => {
      const sold = answers(facts).filter(({ isReserved }) => isReserved).length;
      const orders = facts.envelopes.length;
      const isRight = sold + onHand(facts) === STOCK && sold === Math.min(STOCK, orders);
      return isRight ? [] : [`Of ${STOCK} ${sold} are sold, and ${onHand(facts)} are left.`];
    },
  },
  check.effectOnce<ConsumerFacts>({ effects: (facts) => answers(facts).map(({ orderId }) => orderId) }),
  {
    name: 'decrement, answer and event exist together',
    check: ({ db, envelopes }) =>
      [...causesOfSent(db)].sort().join() ===
      envelopes
        .map(({ id }) => id)
        .sort()
        .join()
        ? []
        : ['They do not.'],
  },
  nothingIsDead,
];

test('F12.1, F12.2: several processes that race for the last item, with duplicates and crashes, sell it once', async () => {
  const { figures } = await simulate({
    name: 'stock',
    world: (world) => stockWorld(world, STOCK + 3),
    check: checks,
    seeds: 60,
    repeat: 0.1,
    sometimes: [
      'an order wants the last item',
      'an order comes too late',
      'a duplicate was dropped',
      'died between the decrement and its event',
    ],
  });
  expect(figures.seeds).toBe(60);
});

test('F12.2: no crash at any statement between decrement, answer and event leaves one without the others', async () => {
  const { failures, missed, seen } = await sweep(
    { world: (world) => stockWorld(world, 3), check: checks },
    { kinds: ['crash-before', 'crash-after', 'kill', 'duplicate'] },
  );
  expect(failures).toEqual([]);
  expect(missed).toBe(0);
  expect(seen['died between the decrement and its event']).toBeGreaterThan(0);
});
