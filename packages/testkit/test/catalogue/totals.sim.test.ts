import { defineEvent, type Envelope, EventRegistry, MessageEncoder } from '@holdfast/core';
import type { Work } from '@holdfast/inbox-dedup';
import { type Check, profiles, simulate } from '@holdfast/testkit';
import type { SimulatedSqlite, SqliteHandle } from '@holdfast/testkit/sqlite';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { World } from '../../src/kernel/world.ts';
import { type ConsumerFacts, type ConsumerProgram, consumerWorld, nothingIsDead, shuffled } from './consumer-world.ts';
import { shopInbox, shopTemplate } from './shop-inbox.ts';

const data = z.object({ orderId: z.string(), cents: z.int() });
const paid = defineEvent('order.paid', { versions: { 1: data } });
const refunded = defineEvent('order.refunded', { versions: { 1: data } });
const template = shopTemplate(`
  create table total (type text primary key, events integer not null, cents integer not null) strict;
  create table seen (n integer primary key, order_id text not null, type text not null) strict;
`);

function program(world: World, db: SimulatedSqlite): ConsumerProgram {
  const inbox = shopInbox(db, { events: new EventRegistry([paid, refunded]) });
  const work: Work<SqliteHandle> = (message, { tx }) => {
    const { orderId, cents } = data.parse(message.data);
    const isKnown = tx.prepare('select 1 from seen where order_id = ?').get(orderId) !== undefined;
    if (message.type === refunded.type && !isKnown) world.see('a refund came before its payment');
    tx.prepare('insert into seen (order_id, type) values (?, ?)').run(orderId, message.type);
    tx.prepare(
      `insert into total values (?, 1, ?)
       on conflict do update set events = events + 1, cents = cents + excluded.cents`,
    ).run(message.type, cents);
  };
  return { handle: (envelope, delivery) => inbox.handle(envelope, work, delivery) };
}

interface TotalsFacts extends ConsumerFacts {
  /** What the books say: events and cents by type. */
  readonly ledger: ReadonlyMap<string, { readonly events: number; readonly cents: number }>;
}

async function totalsWorld(world: World): Promise<TotalsFacts> {
  const encoder = new MessageEncoder({ source: '/orders', clock: world.clock, ids: world.ids });
  const ledger = new Map<string, { events: number; cents: number }>();
  const sent: Envelope[] = [];
  for (let number = 1; number <= 8; number += 1) {
    const order = { orderId: `o${number}`, cents: Math.floor(world.random.next() * 10_000) };
    for (const { type, message } of [
      { type: paid.type, message: paid(order) },
      { type: refunded.type, message: refunded(order) },
    ]) {
      const { events, cents } = ledger.get(type) ?? { events: 0, cents: 0 };
      ledger.set(type, { events: events + 1, cents: cents + order.cents });
      sent.push(encoder.encode(message));
    }
  }
  // Some come again much later, when all others were there.
  const envelopes = [...shuffled(world, sent), ...sent.filter((_, index) => index % 3 === 0)];
  const facts = await consumerWorld(world, {
    profile: profiles.sqsStandard,
    template,
    envelopes,
    program: (db) => program(world, db),
  });
  return { ...facts, ledger };
}

const equalToTheLedger: Check<TotalsFacts> = {
  name: 'totals are those of the ledger',
  check: ({ db, ledger }) =>
    [...ledger].flatMap(([type, { events, cents }]) => {
      const [row] = db.query('select events, cents from total where type = ?', type);
      return row?.['events'] === events && row['cents'] === cents ? [] : [`Those of "${type}" are not.`];
    }),
};

test('F11.1: totals are those of the ledger once it is quiet, with duplicates, late ones and any order', async () => {
  const { figures } = await simulate({
    name: 'totals',
    world: totalsWorld,
    check: [equalToTheLedger, nothingIsDead],
    seeds: 40,
    repeat: 0.1,
    sometimes: ['a duplicate was dropped', 'a refund came before its payment', 'killed in the middle of a message'],
  });
  expect(figures.seeds).toBe(40);
});
