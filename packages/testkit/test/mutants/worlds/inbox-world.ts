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
import { Inbox, SqliteInboxStore, sqliteInboxMigrations, type WorkContext } from '@holdfast/inbox-dedup';
import { Outbox, SqliteOutboxStore, sqliteOutboxMigrations } from '@holdfast/outbox';
import { MemoryBroker } from '@holdfast/transports/memory';
import { z } from 'zod';
import type { WorldDefinition } from '../../../src/campaign/run-world.ts';
import { currentProcess } from '../../../src/kernel/process-context.ts';
import type { World } from '../../../src/kernel/world.ts';
import { networkReader } from './network-reader.ts';
import { type ServerTransaction, SqlServer } from './sql-server.ts';
import { TeamConsumer } from './team-consumer.ts';
import { handleOnce } from './team-handler.ts';

export interface InboxWorldOptions {
  /** Messages are handled together. @default false */
  readonly batch?: boolean;
  /** A message may be started only a few times without an end. @default false */
  readonly fewTries?: boolean;
  /** Works do not wait for what they send. @default false */
  readonly careless?: boolean;
  /** One message ends its process each time. @default false */
  readonly killer?: boolean;
}

interface InboxFacts {
  readonly server: SqlServer;
  readonly sent: readonly Given[];
  readonly deadLetters: () => Promise<readonly string[]>;
  dead: readonly string[];
  /** How often each message has ended its process. */
  readonly kills: ReadonlyMap<string, number>;
}

interface Given {
  readonly envelope: Envelope;
  readonly kind: 'plain' | 'flaky' | 'broken' | 'reused' | 'killer';
}

const happened = defineEvent('happened', {
  versions: { 1: z.object({ kind: z.string(), number: z.int() }) },
});
const done = defineEvent('done', { versions: { 1: z.object({ number: z.int() }) } });

const SCHEMA =
  'create table effect (n integer primary key autoincrement, id text not null, number integer not null) strict;';
const QUEUE = 'shop';
const MAX_UNFINISHED = 3;

/** A queue, two consumers with an inbox, a database server; works write and send in the inbox's transaction. */
export function inboxWorld(options: InboxWorldOptions = {}): WorldDefinition<InboxFacts> {
  const good = ({ kind }: Given) => kind === 'plain' || kind === 'flaky';
  return {
    settleMs: 180_000,
    world: (world) => build(world, options),
    check: [
      {
        name: 'each message takes effect once',
        check: ({ sent, server }, world) =>
          isExcused(options, world)
            ? []
            : sent.filter(good).flatMap(({ envelope: { id } }) => {
                const count = server.rows('select 1 from effect where id = ?', id).length;
                return count === 1 ? [] : [`"${id}" took effect ${count} times.`];
              }),
      },
      {
        name: 'what failed has no effect',
        check: ({ sent, server }) =>
          sent
            .filter((one) => one.kind === 'broken' || one.kind === 'killer')
            .filter(({ envelope: { id } }) => server.rows('select 1 from effect where id = ?', id).length > 0)
            .map(({ envelope: { id } }) => `"${id}" failed, and its effect is there.`),
      },
      {
        name: 'an effect and the message that it sends exist together',
        check: ({ server, sent }) =>
          sent.flatMap(({ envelope: { id } }) => {
            const effects = server.rows('select 1 from effect where id = ?', id).length;
            const text = `select 1 from holdfast_outbox_log where type = 'done' and instr(attributes, ?) > 0`;
            const messages = server.rows(text, `"causationid":"${id}"`).length;
            return effects === messages ? [] : [`"${id}" has ${effects} effects and ${messages} messages.`];
          }),
      },
      {
        name: 'what cannot be applied is a dead letter, and nothing else is',
        check: ({ sent, dead }, world) => {
          if (isExcused(options, world)) return [];
          // Of two messages under one id the second is none of its copies.
          const wanted = sent.filter((one) => !good(one)).map(({ envelope }) => envelope.id);
          const missing = wanted.filter((id) => !dead.includes(id)).map((id) => `"${id}" is no dead letter.`);
          return [...missing, ...dead.filter((id) => !wanted.includes(id)).map((id) => `"${id}" is a dead letter.`)];
        },
      },
      {
        name: 'a message that ends its process is given up after its last try',
        check: ({ kills, sent }) =>
          sent
            .filter(({ kind }) => kind === 'killer')
            .filter(({ envelope: { id } }) => (kills.get(id) ?? 0) > MAX_UNFINISHED + 1)
            .map(({ envelope: { id } }) => `"${id}" ended ${kills.get(id)} processes.`),
      },
    ],
  };
}

/** Whoever is started, and dies with its process, as often as a killer is set aside like one. */
function isExcused({ killer = false, fewTries = false }: InboxWorldOptions, { simulation }: World): boolean {
  return (killer || fewTries) && simulation.happened.some(({ kind }) => kind === 'kill' || kind.startsWith('crash'));
}

async function build(world: World, options: InboxWorldOptions): Promise<InboxFacts> {
  const { clock } = world;
  const server = await SqlServer.open(world, {
    name: 'shop',
    sets: [sqliteInboxMigrations, sqliteOutboxMigrations],
    schema: SCHEMA,
  });
  world.server('bus');
  const broker = new MemoryBroker({ clock });
  await broker.declare({ queue: QUEUE, types: ['*'], leaseMs: 3_000 });
  const sent = givenMessages(world, options);
  const kills = new Map<string, number>();
  const facts: InboxFacts = {
    server,
    sent,
    kills,
    dead: [],
    deadLetters: async () => (await broker.deadLetters(QUEUE, { max: 1_000 })).map(({ envelope }) => envelope.id),
  };

  world.process('consumer', () => consumer(world, { server, broker, kills, options }), { replicas: 2 });
  world.client('sender', async () => {
    const order = [...sent, ...sent.filter((_, index) => index % 3 === 0)];
    for (const { envelope } of order) {
      await broker.publish([envelope]);
      await clock.sleep(world.random.next() * 60);
    }
  });
  let isEmpty = false;
  world.quietWhen(() => {
    void broker.stats(QUEUE).then(async ({ ready, leased, delayed }) => {
      isEmpty = ready + leased + delayed === 0;
      facts.dead = await facts.deadLetters();
    });
    return isEmpty;
  });
  return facts;
}

function givenMessages(world: World, { killer = false }: InboxWorldOptions): readonly Given[] {
  const encoder = new MessageEncoder({ source: '/test', clock: world.clock, ids: new UuidV7Ids(world) });
  const kinds: readonly Given['kind'][] = [
    'plain',
    'flaky',
    'plain',
    'broken',
    'plain',
    'plain',
    'reused',
    'plain',
    ...(killer ? (['killer'] as const) : []),
  ];
  return kinds.map((kind, number) => ({
    kind,
    // A second message under the id of the first.
    envelope: encoder.encode(happened({ kind, number }, kind === 'reused' || number === 0 ? { id: 'twice' } : {})),
  }));
}

interface ConsumerParts {
  readonly server: SqlServer;
  readonly broker: MemoryBroker;
  readonly kills: Map<string, number>;
  readonly options: InboxWorldOptions;
}

function consumer(world: World, { server, broker, kills, options }: ConsumerParts) {
  const { clock, random } = world;
  const transactions = server.runner();
  const ids = new UuidV7Ids({ clock, random });
  const outbox = new Outbox({
    store: new SqliteOutboxStore({ database: server.database() }),
    transactions,
    source: '/shop',
    clock,
    ids,
  });
  const inbox = new Inbox({
    consumer: 'shop',
    store: new SqliteInboxStore(),
    transactions,
    events: new EventRegistry([happened]),
    outbox,
    maxUnfinished: options.killer === true || options.fewTries === true ? MAX_UNFINISHED : 1_000,
    clock,
    random,
    ids,
  });
  const work = async (message: Message, { tx, attempt, send }: WorkContext<ServerTransaction>) => {
    if (!happened.is(message)) return;
    const { kind, number } = message.data;
    await tx.execute({ text: 'insert into effect (id, number) values (?1, ?2)', values: [message.id, number] });
    if (options.careless === true) void send(done({ number })).catch(() => {});
    else await send(done({ number }));
    if (kind === 'flaky' && attempt === 1) throw new TransientError('not yet');
    if (kind === 'broken') throw new PermanentError('never');
    if (kind === 'killer') {
      kills.set(message.id, (kills.get(message.id) ?? 0) + 1);
      const incarnation = currentProcess()?.incarnation;
      if (incarnation !== undefined) world.simulation.onKill(incarnation, 'the message ended it');
      await new Promise(() => {});
    }
  };
  const team = new TeamConsumer({
    reader: networkReader(world, broker.reader(QUEUE)),
    max: options.batch === true || options.killer === true ? 4 : 1,
    clock,
    handle: async (deliveries) => {
      if (options.batch === true) {
        const batch = deliveries.map(({ envelope, deliveryCount }) => ({ envelope, attempt: deliveryCount }));
        const outcomes = await inbox.handleBatch(batch, work);
        return outcomes.map((one) => (one.outcome === 'failed' ? one.error : null));
      }
      return Promise.all(
        deliveries.map(({ envelope, deliveryCount }) =>
          handleOnce({ inbox, outbox, transactions, work }, envelope, deliveryCount).then(
            () => null,
            (error: unknown) => error,
          ),
        ),
      );
    },
  });
  team.start();
  return {
    stop: async () => {
      await team.stop();
      await inbox.upkeep.reportProgress();
    },
  };
}
