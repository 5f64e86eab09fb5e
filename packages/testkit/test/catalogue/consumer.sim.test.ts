import { defineEvent, type Envelope, EventRegistry, MessageEncoder } from '@holdfast/core';
import type { PreparedWork } from '@holdfast/inbox-dedup';
import { type BrokerProfile, type Check, check, profiles, simulate, sweep } from '@holdfast/testkit';
import type { SimulatedSqlite, SqliteHandle } from '@holdfast/testkit/sqlite';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { World } from '../../src/kernel/world.ts';
import { type ConsumerFacts, type ConsumerProgram, consumerWorld, nothingIsDead } from './consumer-world.ts';
import { causesOfSent, shopInbox, shopTemplate } from './shop-inbox.ts';

const happened = defineEvent('happened', { versions: { 1: z.object({ number: z.int() }) } });
const done = defineEvent('done', { versions: { 1: z.object({ number: z.int() }) } });
const template = shopTemplate('create table effect (n integer primary key, id text not null) strict');

/** Its work takes up to so long, and sends. */
function program(world: World, { db, maxWorkMs }: { db: SimulatedSqlite; maxWorkMs: number }): ConsumerProgram {
  const inbox = shopInbox(db, { events: new EventRegistry([happened]) });
  const lostWhileItWorked = new Set<AbortSignal>();
  const work: PreparedWork<SqliteHandle, void> = {
    prepare: (_, { signal }) => world.clock.sleep(world.random.next() * maxWorkMs, signal),
    apply: async (message, { tx, send, signal }) => {
      tx.prepare('insert into effect (id) values (?)').run(message.id);
      await send(done({ number: 1 }));
      await world.clock.sleep((world.random.next() * maxWorkMs) / 20);
      if (signal.aborted) lostWhileItWorked.add(signal);
    },
  };
  return {
    handle: async (envelope, delivery) => {
      const outcome = await inbox.handle(envelope, work, delivery);
      if (lostWhileItWorked.has(delivery.signal)) {
        world.simulation.problem('what loses its lease while it works is not committed', `It was ${outcome}.`);
      }
      return outcome;
    },
  };
}

function shopWorld(
  world: World,
  { profile, maxWorkMs, messages }: { profile: BrokerProfile; maxWorkMs: number; messages: number },
): Promise<ConsumerFacts> {
  const encoder = new MessageEncoder({ source: '/orders', clock: world.clock, ids: world.ids });
  const envelopes: Envelope[] = [];
  for (let number = 1; number <= messages; number += 1) envelopes.push(encoder.encode(happened({ number })));
  return consumerWorld(world, { profile, template, envelopes, program: (db) => program(world, { db, maxWorkMs }) });
}

const effects = ({ db }: ConsumerFacts) => db.query('select id from effect').map(({ id }) => String(id));
const checks: readonly Check<ConsumerFacts>[] = [
  check.nothingLost<ConsumerFacts>({ accepted: ({ envelopes }) => envelopes.map(({ id }) => id), applied: effects }),
  check.effectOnce<ConsumerFacts>({ effects }),
  {
    name: 'an effect and what it sends exist together',
    check: (facts) =>
      effects(facts).sort().join() === [...causesOfSent(facts.db)].sort().join() ? [] : ['They do not.'],
  },
  nothingIsDead,
];

test.for([profiles.rabbitQuorum, profiles.sqsStandard, profiles.sqlQueue])(
  'F5.1: over $name, whatever consumers are killed in the middle of, each message takes effect once',
  async (profile) => {
    const { figures } = await simulate({
      name: `consumer over ${profile.name}`,
      world: (world) => shopWorld(world, { profile, maxWorkMs: 300, messages: 10 }),
      check: checks,
      seeds: 30,
      repeat: 0.1,
      sometimes: ['killed in the middle of a message', 'a duplicate was dropped'],
    });
    expect(figures.seeds).toBe(30);
  },
);

test('F5.1: no single fault at any statement, delivery or acknowledgement of a consumer makes a second effect or loses one', async () => {
  const { failures, missed } = await sweep({
    world: (world) => shopWorld(world, { profile: profiles.sqlQueue, maxWorkMs: 300, messages: 3 }),
    check: checks,
  });
  expect(failures).toEqual([]);
  expect(missed).toBe(0);
});

test('F5.5: what cannot keep its lease is discarded, unless it is committed, and then the other delivery is dropped', async () => {
  const { figures } = await simulate({
    name: 'leases',
    world: (world) => shopWorld(world, { profile: profiles.sqsStandard, maxWorkMs: 6_000, messages: 8 }),
    check: checks,
    seeds: 50,
    repeat: 0.1,
    sometimes: [
      'a lease was lost while the work ran',
      'a result was discarded',
      'committed, though its lease was lost',
      'a duplicate was dropped',
    ],
  });
  expect(figures.seeds).toBe(50);
});
