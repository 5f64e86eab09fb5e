import {
  defineEvent,
  type Envelope,
  EventRegistry,
  type Message,
  MessageEncoder,
  PermanentError,
  TransientError,
  UuidV7Ids,
} from '@holdfast/core';
import {
  Inbox,
  InboxHousekeeper,
  SqliteInboxStore,
  sqliteInboxMigrations,
  type WorkContext,
} from '@holdfast/inbox-dedup';
import { MemoryBroker } from '@holdfast/transports/memory';
import { z } from 'zod';
import type { WorldDefinition } from '../../../src/campaign/run-world.ts';
import type { World } from '../../../src/kernel/world.ts';
import { networkReader } from './network-reader.ts';
import { type ServerTransaction, SqlServer } from './sql-server.ts';
import { TeamConsumer } from './team-consumer.ts';

export interface GateWorldOptions {
  readonly mode: 'in-order' | 'latest';
  /** Nobody looks for parked messages that a failure has left behind, and nothing fails. @default true */
  readonly housekeeper?: boolean;
  /** A message of each key fails for good until a person has mended it. @default false */
  readonly broken?: boolean;
}

interface GateFacts {
  readonly server: SqlServer;
  readonly broker: MemoryBroker;
  dead: number;
}

const changed = defineEvent('changed', {
  versions: { 1: z.object({ number: z.int(), kind: z.string() }) },
});
const SCHEMA =
  'create table effect (n integer primary key autoincrement, key text not null, number integer not null) strict;';
const QUEUE = 'shop';
const KEYS = ['a', 'b'];
const EACH = 7;

/** Numbered messages that come in any order, and two consumers whose inbox has a gate for them. */
export function gateWorld(options: GateWorldOptions): WorldDefinition<GateFacts> {
  const applied = (server: SqlServer, key: string) =>
    server.rows('select number from effect where key = ? order by n', key).map(({ number }) => Number(number));
  const wanted = Array.from({ length: EACH }, (_, index) => index + 1);
  return {
    settleMs: 400_000,
    world: (world) => build(world, options),
    check: [
      {
        name:
          options.mode === 'latest'
            ? 'an older state never replaces a newer one'
            : 'each key is applied in the order of its numbers, without a gap, once',
        check: ({ server }, world) =>
          isExcused(options, world)
            ? []
            : KEYS.flatMap((key) => {
                const numbers = applied(server, key);
                const isRight =
                  options.mode === 'latest'
                    ? numbers.every((number, index) => number > (numbers[index - 1] ?? 0)) && numbers.at(-1) === EACH
                    : numbers.join() === wanted.join();
                return isRight ? [] : [`Of key "${key}" ${numbers.join(', ') || 'nothing'} was applied.`];
              }),
      },
      {
        name: 'nothing stays parked',
        check: ({ server }, world) => {
          if (isExcused(options, world)) return [];
          const left = server.rows('select number, key from holdfast_inbox_parked');
          const counted = server.rows('select key, parked from holdfast_inbox_sequence where parked <> 0');
          return [
            ...left.map(({ key, number }) => `Number ${Number(number)} of key "${String(key)}" is still parked.`),
            ...counted.map(({ key, parked }) => `Of key "${String(key)}" ${Number(parked)} count as parked.`),
          ];
        },
      },
      {
        name: 'nothing is a dead letter',
        check: ({ dead }) => (dead === 0 ? [] : [`${dead} messages are dead letters.`]),
      },
    ],
  };
}

/** Without a housekeeper only what happens when nothing goes wrong is promised. */
function isExcused({ housekeeper = true }: GateWorldOptions, { simulation }: World): boolean {
  return !housekeeper && simulation.happened.length > 0;
}

async function build(world: World, options: GateWorldOptions): Promise<GateFacts> {
  const { clock, random } = world;
  const server = await SqlServer.open(world, { name: 'gated', sets: [sqliteInboxMigrations], schema: SCHEMA });
  world.server('bus');
  const broker = new MemoryBroker({ clock });
  await broker.declare({ queue: QUEUE, types: ['*'], leaseMs: 3_000 });
  const facts: GateFacts = { server, broker, dead: 0 };
  const mended = new Set<string>();
  world.process('consumer', () => consumer(world, { server, broker, options, mended }), { replicas: 2 });
  world.client('sender', async () => {
    for (const envelope of shuffled(world)) {
      await broker.publish([envelope]);
      await clock.sleep(random.next() * 50);
    }
  });
  let isEmpty = false;
  world.quietWhen(() => {
    void broker.stats(QUEUE).then(async ({ ready, leased, delayed }) => {
      isEmpty = ready + leased + delayed === 0;
      facts.dead = (await broker.deadLetters(QUEUE, { max: 100 })).length;
    });
    return isEmpty && (isExcused(options, world) || server.rows('select 1 from holdfast_inbox_parked').length === 0);
  });
  return facts;
}

/** Some come twice. */
function shuffled(world: World): readonly Envelope[] {
  const encoder = new MessageEncoder({ source: '/orders', clock: world.clock, ids: new UuidV7Ids(world) });
  const all = KEYS.flatMap((key) =>
    Array.from({ length: EACH }, (_, index) => {
      const number = index + 1;
      const kind = number === 3 ? 'flaky' : number === 5 ? 'broken' : 'plain';
      const extensions = { sequence: String(number), sequencestream: 'order' };
      return encoder.encode(changed({ number, kind }, { key, extensions }));
    }),
  );
  const given = [...all, ...all.filter((_, index) => index % 4 === 0)];
  for (let index = given.length - 1; index > 0; index -= 1) {
    const other = Math.floor(world.random.next() * (index + 1));
    [given[index], given[other]] = [given[other] as Envelope, given[index] as Envelope];
  }
  return given;
}

interface ConsumerParts {
  readonly server: SqlServer;
  readonly broker: MemoryBroker;
  readonly options: GateWorldOptions;
  readonly mended: Set<string>;
}

function consumer(world: World, { server, broker, options, mended }: ConsumerParts) {
  const { clock, random } = world;
  const seen = new Set<string>();
  const work = async (message: Message, { tx }: WorkContext<ServerTransaction>) => {
    if (!changed.is(message)) return;
    const { number, kind } = message.data;
    if (kind === 'broken' && options.broken === true && !mended.has(message.id)) throw new PermanentError('not mended');
    if (kind === 'flaky' && options.housekeeper !== false && !seen.has(message.id)) {
      seen.add(message.id);
      throw new TransientError('not yet');
    }
    await tx.execute({ text: 'insert into effect (key, number) values (?1, ?2)', values: [message.key, number] });
  };
  const inbox = new Inbox({
    consumer: 'shop',
    store: new SqliteInboxStore(),
    transactions: server.runner(),
    events: new EventRegistry([changed]),
    gates: { order: { mode: options.mode, work } },
    maxUnfinished: 1_000,
    clock,
    random,
    ids: new UuidV7Ids({ clock, random }),
  });
  const housekeeper = new InboxHousekeeper({ inbox, everyMs: 20_000, clock, random });
  const team = new TeamConsumer({
    reader: networkReader(world, broker.reader(QUEUE)),
    max: 2,
    clock,
    handle: (deliveries) =>
      Promise.all(
        deliveries.map(({ envelope, deliveryCount }) =>
          inbox.handle(envelope, work, { attempt: deliveryCount }).then(
            () => null,
            (error: unknown) => error,
          ),
        ),
      ),
  });
  const stopped = new AbortController();
  const deciding =
    options.broken === true ? decide(world, { inbox, mended, signal: stopped.signal }) : Promise.resolve();
  team.start();
  if (options.housekeeper !== false) housekeeper.start();
  return {
    stop: async () => {
      stopped.abort();
      await Promise.all([team.stop(), housekeeper.stop(), deciding]);
    },
  };
}

/** A person who looks at keys that are blocked, mends the message, and has it tried again. */
async function decide(
  { clock }: World,
  { inbox, mended, signal }: { inbox: Inbox<ServerTransaction>; mended: Set<string>; signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(2_000, signal);
    if (signal.aborted) return;
    try {
      for (const key of await inbox.blocked()) {
        if (key.cause !== 'failed' || key.id === null) continue;
        mended.add(key.id);
        await inbox.retry({ sequence: key.sequence, next: key.next });
      }
    } catch {
      // The database was away; the next look finds it.
    }
  }
}
