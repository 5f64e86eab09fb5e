import { EventRegistry, type Message, MessageEncoder } from '@holdfast/core';
import { type GateOptions, InboxHousekeeper, type WorkContext } from '@holdfast/inbox-dedup';
import { type Check, check, profiles, simulate } from '@holdfast/testkit';
import type { SimulatedSqlite, SqliteHandle } from '@holdfast/testkit/sqlite';
import { expect, test } from 'vitest';
import type { World } from '../../src/kernel/world.ts';
import { type ConsumerFacts, type ConsumerProgram, consumerWorld, nothingIsDead, shuffled } from './consumer-world.ts';
import { changed, numbered, STREAM } from './numbered.ts';
import { shopInbox, shopTemplate } from './shop-inbox.ts';

const KEYS = ['a', 'b'];
const EACH = 6;
const template = shopTemplate(
  'create table effect (n integer primary key autoincrement, id text not null, key text not null, number integer not null) strict',
);

function write(message: Message, { tx }: WorkContext<SqliteHandle>): void {
  if (!changed.is(message)) return;
  const insert = tx.prepare('insert into effect (id, key, number) values (?, ?, ?)');
  insert.run(message.id, message.key, message.data.number);
}

function program(world: World, { db, mode }: { db: SimulatedSqlite; mode: Mode }): ConsumerProgram {
  const inbox = shopInbox(db, {
    events: new EventRegistry([changed]),
    gates: mode === 'accept' ? {} : { [STREAM]: { mode, work: write } },
    onEvent: ({ type }) => world.see(type),
  });
  const housekeeper = new InboxHousekeeper({ inbox });
  housekeeper.start();
  return {
    handle: (envelope, delivery) => inbox.handle(envelope, write, delivery),
    stop: () => housekeeper.stop(),
  };
}

type Mode = GateOptions<SqliteHandle>['mode'] | 'accept';

/** Numbered messages that are sent in any order, over a queue that reorders and doubles. */
function gatedWorld(world: World, mode: Mode): Promise<ConsumerFacts> {
  const encoder = new MessageEncoder({ source: '/orders', clock: world.clock, ids: world.ids });
  return consumerWorld(world, {
    profile: profiles.sqsStandard,
    template,
    envelopes: shuffled(world, numbered(encoder, KEYS, EACH)),
    program: (db) => program(world, { db, mode }),
    isDone: (db) => db.query('select 1 from holdfast_inbox_parked').length === 0,
  });
}

interface Row {
  readonly id: string;
  readonly key: string;
  readonly sequence: number;
}

function applied({ db }: ConsumerFacts): readonly Row[] {
  const rows = db.query('select id, key, number from effect order by n');
  return rows.map(({ id, key, number }) => ({ id: String(id), key: String(key), sequence: Number(number) }));
}

const once = check.effectOnce<ConsumerFacts>({ effects: (facts) => applied(facts).map(({ id }) => id) });
const all = check.nothingLost<ConsumerFacts>({
  accepted: ({ envelopes }) => envelopes.map(({ id }) => id),
  applied: (facts) => applied(facts).map(({ id }) => id),
});
const onlyNewer: Check<ConsumerFacts> = {
  name: 'an older state never replaces a newer one, and the newest stays',
  check: (facts) =>
    KEYS.flatMap((key) => {
      const numbers = applied(facts).flatMap((row) => (row.key === key ? [row.sequence] : []));
      const isRight = numbers.every((number, index) => number > (numbers[index - 1] ?? 0)) && numbers.at(-1) === EACH;
      return isRight ? [] : [`Of key "${key}" ${numbers.join(', ')} were applied.`];
    }),
};

test.for<{ mode: Mode; checks: readonly Check<ConsumerFacts>[]; sometimes: readonly string[] }>([
  {
    mode: 'in-order',
    checks: [once, all, check.orderPerKey<ConsumerFacts>({ effects: applied })],
    sometimes: ['parked', 'released', 'killed in the middle of a message'],
  },
  { mode: 'latest', checks: [once, onlyNewer], sometimes: ['stale', 'killed in the middle of a message'] },
  { mode: 'accept', checks: [once, all], sometimes: ['a duplicate was dropped'] },
])(
  'F5.7: messages that come in any order and twice are applied as declared: $mode',
  async ({ mode, checks, sometimes }) => {
    const { figures } = await simulate({
      name: `gate ${mode}`,
      world: (world) => gatedWorld(world, mode),
      check: [...checks, nothingIsDead],
      seeds: 40,
      repeat: 0.1,
      sometimes,
    });
    expect(figures.seeds).toBe(40);
  },
);
