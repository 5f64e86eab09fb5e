import { defineEvent, EventRegistry } from '@holdfast/core';
import type { Work } from '@holdfast/inbox-dedup';
import { ReplayRefusedError } from '@holdfast/outbox';
import { type Check, check, faults, simulate } from '@holdfast/testkit';
import { SimulatedSqlite, type SqliteHandle } from '@holdfast/testkit/sqlite';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { faultKinds } from '../../src/faults/fault.ts';
import type { World } from '../../src/kernel/world.ts';
import { type ConsumerProgram, nothingIsDead, runConsumer } from './consumer-world.ts';
import { BILLING, type OutboxFacts, outboxWorld } from './outbox-world.ts';
import { shopInbox, shopTemplate } from './shop-inbox.ts';
import { untilDone } from './until-done.ts';

const changed = defineEvent('order.changed', { versions: { 1: z.object({ number: z.int() }) } });
const template = shopTemplate('create table effect (n integer primary key, id text not null) strict');
const DEDUP_WINDOW_MS = 60_000;
const MESSAGES = 12;

interface ReplayFacts extends OutboxFacts {
  readonly db: SimulatedSqlite;
}

/** A service whose past is sent again: soon, then when consumers may have forgotten it, which is refused, and then all the same. */
async function replayedWorld(world: World): Promise<ReplayFacts> {
  const db = await SimulatedSqlite.open(world, 'shop', { template });
  const applied = () => db.query('select id from effect').length;
  const facts = await outboxWorld(world, {
    message: () => ({ type: changed.type }),
    dedupWindowMs: DEDUP_WINDOW_MS,
    relay: { pollMaxMs: 2_000 },
    reader: (outbox) => {
      world.process('consumer', () => {
        const program = consumerOf(db, outbox);
        return runConsumer(world, { broker: outbox.broker, ...BILLING, program });
      });
    },
  });
  const replay = (beyond: boolean) => facts.service?.call('replay', (api) => api.replay(beyond)) ?? Promise.resolve(0);
  world.client('operator', async () => {
    const { clock } = world;
    while (facts.accepted.length < MESSAGES) await clock.sleep(500);
    if (await untilDone(clock, () => replay(false))) world.see('the past was sent again');
    await clock.sleep(DEDUP_WINDOW_MS + 10_000);
    await untilDone(clock, async () => {
      await replay(false).catch((error: unknown) => {
        if (!(error instanceof ReplayRefusedError)) throw error;
        world.see('what consumers may have forgotten was refused');
      });
    });
    const before = applied();
    if (await untilDone(clock, () => replay(true))) world.see('it was sent when told');
    if (before === MESSAGES) world.see('all of it had been applied before');
  });
  world.quietWhen(() => facts.broker.isQuiet());
  return { ...facts, db };
}

function consumerOf(db: SimulatedSqlite, { delivered }: OutboxFacts): ConsumerProgram {
  const inbox = shopInbox(db, { events: new EventRegistry([changed]) });
  const work: Work<SqliteHandle> = ({ id }, { tx }) => void tx.prepare('insert into effect (id) values (?)').run(id);
  return {
    handle: (envelope, delivery) => {
      delivered.push({ id: envelope.id, key: envelope.key });
      return inbox.handle(envelope, work, delivery);
    },
  };
}

const effects = ({ db }: ReplayFacts) => db.query('select id from effect').map(({ id }) => String(id));
const checks: readonly Check<ReplayFacts>[] = [
  check.effectOnce<ReplayFacts>({ effects }),
  check.nothingLost<ReplayFacts>({ accepted: ({ committed }) => committed.map(({ id }) => id), applied: effects }),
  nothingIsDead,
];

/** The window of a replay is told by the clock of the process that asks for it. */
const kinds = faultKinds.filter((kind) => kind !== 'clock-jump');

test('F9.2: the past that is sent again has no second effect; what consumers may have forgotten is refused, until told', async () => {
  const { figures } = await simulate({
    name: 'replay',
    world: replayedWorld,
    check: checks,
    faults: faults.swarm({ kinds }),
    safetyMs: 300_000,
    seeds: 30,
    repeat: 0.1,
    sometimes: [
      'the past was sent again',
      'what consumers may have forgotten was refused',
      'it was sent when told',
      'all of it had been applied before',
      'a duplicate was dropped',
    ],
  });
  expect(figures.seeds).toBe(30);
});
