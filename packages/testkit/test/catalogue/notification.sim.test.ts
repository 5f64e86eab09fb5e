import {
  defineEvent,
  type Envelope,
  EventRegistry,
  MessageEncoder,
  OverloadedError,
  TransientError,
} from '@holdfast/core';
import type { PreparedWork } from '@holdfast/inbox-dedup';
import { EffectJournal, SqliteEffectStore, sqliteEffectMigrations } from '@holdfast/inbox-dedup/effects';
import { Migrator } from '@holdfast/sql';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { type Check, check, profiles, type SimulatedBroker, SimulatedService, simulate } from '@holdfast/testkit';
import { SimulatedSqlite, type SqliteHandle, SqliteTemplate } from '@holdfast/testkit/sqlite';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { World } from '../../src/kernel/world.ts';
import { type ConsumerFacts, type ConsumerProgram, consumerWorld, nothingIsDead, shuffled } from './consumer-world.ts';
import { isAsked } from './is-asked.ts';
import { shopInbox, shopTemplate } from './shop-inbox.ts';

const data = z.object({ orderId: z.string() });
const created = defineEvent('order.created', { versions: { 1: data } });
const completed = defineEvent('order.completed', { versions: { 1: data } });
const shipped = defineEvent('order.shipped', { versions: { 1: data } });
const events = new EventRegistry([created, completed, shipped]);

const template = shopTemplate('create table notified (n integer primary key, message_id text not null) strict');
const effectsTemplate = new SqliteTemplate(async (handle) => {
  await new Migrator({ database: new BetterSqlite3Database(handle), sets: [sqliteEffectMigrations] }).up();
});

interface Mail {
  readonly idempotencyKey: string;
  readonly order: string;
}

interface Mailing {
  readonly world: World;
  readonly effects: SimulatedSqlite;
  readonly post: {
    send(orderId: string, idempotencyKey: string): Promise<string>;
    find(key: string): Promise<boolean>;
  };
}

/** Two events tell that an order is final; the customer hears of it once, by a mail gateway that sends whatever it is given. */
function program({ world, effects, post }: Mailing, db: SimulatedSqlite): ConsumerProgram {
  const inbox = shopInbox(db, { events });
  const journal = new EffectJournal({
    name: 'mail',
    store: new SqliteEffectStore(),
    database: effects.database(),
    deadlineMs: 400,
    verifyDeadlineMs: 400,
    leaseMarginMs: 200,
    // A gateway that stands still has a request for up to a minute.
    settleMs: 65_000,
    maxVerifications: 1_000,
    verifyBackoffMs: { min: 50, max: 500 },
    onEvent: ({ type }) => world.see(`mail ${type}`),
  });
  const work: PreparedWork<SqliteHandle, void> = {
    prepare: async (message) => {
      const { orderId } = data.parse(message.data);
      if (created.is(message)) return world.see('an order was created, and nobody is notified');
      await journal.perform(`${orderId}/confirmation`, {
        call: ({ idempotencyKey }) =>
          post.send(orderId, idempotencyKey).catch((error: unknown) => {
            if (error instanceof TransientError) throw new OverloadedError('It takes no connections.');
            throw error;
          }),
        verify: async ({ idempotencyKey }) =>
          (await post.find(idempotencyKey)) ? { happened: true, result: 'sent' } : { happened: false },
      });
    },
    apply: (message, { tx }) => void tx.prepare('insert into notified (message_id) values (?)').run(message.id),
  };
  return {
    handle: (envelope, delivery) => inbox.handle(envelope, work, delivery),
    stop: () => journal.settled(),
  };
}

interface MailFacts extends ConsumerFacts {
  readonly mails: readonly Mail[];
}

const ORDERS = ['o1', 'o2', 'o3'];

async function mailWorld(world: World): Promise<MailFacts> {
  const encoder = new MessageEncoder({ source: '/orders', clock: world.clock, ids: world.ids });
  const encoded = ORDERS.flatMap((orderId): readonly Envelope[] =>
    [
      created({ orderId }, { key: orderId }),
      completed({ orderId }, { key: orderId }),
      shipped({ orderId }, { key: orderId }),
    ].map((message) => encoder.encode(message)),
  );
  const effects = await SimulatedSqlite.open(world, 'effects', { template: effectsTemplate });
  const mails: Mail[] = [];
  const delivered: { broker?: SimulatedBroker } = {};
  const isFinal = (order: string) => {
    const ids = delivered.broker?.deliveries.map(({ id }) => id) ?? [];
    return encoded.some(({ id, key, type }) => key === order && type !== created.type && ids.includes(id));
  };
  const gateway = new SimulatedService(world, 'post', {
    api: {
      send: async (order: string, idempotencyKey: string) => {
        if (!isFinal(order))
          world.simulation.problem('nobody is notified before the order is final', `"${order}" was.`);
        await world.simulation.sleep(world.random.next() < 0.3 ? world.random.next() * 900 : 5);
        mails.push({ order, idempotencyKey });
        return 'sent';
      },
      find: async (idempotencyKey: string) => mails.some((mail) => mail.idempotencyKey === idempotencyKey),
    },
    counts: () => ({ mails: mails.length }),
  });
  const facts = await consumerWorld(world, {
    profile: profiles.sqsStandard,
    template,
    envelopes: shuffled(world, encoded),
    program: (db) => program({ world, effects, post: gateway.api }, db),
  });
  delivered.broker = facts.broker;
  world.quietWhen(() => !isAsked(world, 'post'));
  return { ...facts, mails };
}

const checks: readonly Check<MailFacts>[] = [
  check.effectOnce<MailFacts>({ effects: ({ mails }) => mails.map(({ order }) => `${order}/confirmation`) }),
  check.nothingLost<MailFacts>({ accepted: () => ORDERS, applied: ({ mails }) => mails.map(({ order }) => order) }),
  nothingIsDead,
];

test('F10.2: duplicates, lost answers and events in any order give one notification per order and kind, and none before its final state', async () => {
  const { figures } = await simulate({
    name: 'notification',
    world: mailWorld,
    check: checks,
    seeds: 25,
    repeat: 0.1,
    sometimes: [
      'mail unknown',
      'mail resolved',
      'a duplicate was dropped',
      'an order was created, and nobody is notified',
    ],
  });
  expect(figures.seeds).toBe(25);
});
