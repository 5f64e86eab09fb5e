import { type Clock, type Publisher, type QueueReader, UuidV7Ids } from '@holdfast/core';
import { Outbox, Relay, type RelayEvent, type RelayOptions, WakeUp } from '@holdfast/outbox';
import { MemoryOutboxStore, MemoryTransactions } from '@holdfast/outbox/testing';
import { profiles, SimulatedBroker } from '@holdfast/testkit';
import { currentIncarnation, type SimulatedProcess } from '../../src/kernel/simulated-process.ts';
import type { World } from '../../src/kernel/world.ts';
import { PublishLog } from './publish-log.ts';
import { untilDone } from './until-done.ts';

export interface OutboxWorldOptions {
  /** @default 2 */
  readonly relays?: number;
  /** Writers, each of which sends so many messages. @default 2 × 6 */
  readonly writers?: number;
  readonly messagesEach?: number;
  /** Longest pause of a writer before a message, in milliseconds. @default 0 */
  readonly paceMs?: number;
  /** Keys of the messages. @default two */
  readonly keys?: readonly string[];
  /** What a writer's message with this number is. @default all the same, at once */
  readonly message?: (number: number) => MessageKind;
  /** What the publisher of a relay is, given that of the broker. @default as it is */
  readonly publisher?: (inner: Publisher, world: World) => Publisher;
  readonly relay?: Partial<RelayOptions>;
  /** How long a reader waits after a failure, in milliseconds. @default 100 */
  readonly readerPauseMs?: number;
  /** Reads the queue instead of the usual reader. */
  readonly reader?: (facts: OutboxFacts) => void;
  /** How far back a replay may reach, in milliseconds. @default that of the outbox */
  readonly dedupWindowMs?: number;
}

export interface Committed {
  readonly id: string;
  readonly key: string;
  readonly type: string;
  /** When it may be published, in virtual milliseconds. */
  readonly dueAt: number;
}

interface MessageKind {
  readonly type: string;
  readonly delayMs?: number;
}

const changed: MessageKind = { type: 'order.changed' };

/** What is durable in the end. */
export interface OutboxFacts {
  /** Ids of the messages whose transactions the writers know to be committed. */
  readonly accepted: string[];
  /** Committed messages in the order of their commits, with their key. */
  readonly committed: Committed[];
  /** What the reader got, duplicates too. A pull whose answer is lost comes again, behind what was out before it. */
  readonly delivered: { readonly id: string; readonly key: string | null }[];
  readonly events: RelayEvent[];
  readonly published: PublishLog;
  readonly store: MemoryOutboxStore;
  readonly broker: SimulatedBroker;
  /** For who wants a replay. */
  service?: SimulatedProcess<ServiceApi> | undefined;
}

export interface ServiceApi {
  send(key: string, number: number): Promise<string>;
  replay(beyondDedupWindow: boolean): Promise<number>;
}

export const BILLING = { queue: 'billing', leaseMs: 5_000 } as const;

/**
 * Writers that send in transactions that overlap, as on PostgreSQL (the store's positions become visible in any order), relays
 * that stand by for each other, a broker with one queue, and one reader.
 */
export async function outboxWorld(world: World, options: OutboxWorldOptions = {}): Promise<OutboxFacts> {
  const broker = new SimulatedBroker(world, 'bus', profiles.rabbitQuorum);
  await broker.connect().declare({ ...BILLING, types: ['*'] });
  world.server('db');
  const facts: OutboxFacts = {
    accepted: [],
    committed: [],
    delivered: [],
    events: [],
    published: new PublishLog(world),
    store: new MemoryOutboxStore({ clock: world.clock }),
    broker,
  };
  addRelays(world, { facts, options });
  facts.service = addWriters(world, { facts, options });
  if (options.reader === undefined) addReader(world, { facts, options });
  else options.reader(facts);
  world.quietWhen(() => {
    const delivered = new Set(facts.delivered.map(({ id }) => id));
    return facts.committed.every(({ id }) => delivered.has(id));
  });
  return facts;
}

interface Parts {
  readonly facts: OutboxFacts;
  readonly options: OutboxWorldOptions;
}

/** The store of a process on another machine: each call is I/O, and nobody wakes it. */
export function remoteStore(world: World, { store }: Pick<OutboxFacts, 'store'>) {
  const { name, lanes, parking, housekeeping, replay, leases, writer } = store;
  const settle = async (...[claim, progress]: Parameters<typeof lanes.settle>) => {
    const settled = await lanes.settle(claim, progress);
    if (settled === null) world.see('an old holder was refused');
    return settled;
  };
  const fenced = {
    lanes: lanes.lanes.bind(lanes),
    claim: lanes.claim.bind(lanes),
    read: lanes.read.bind(lanes),
    settle,
  };
  const parts = { lanes: fenced, parking, housekeeping, replay, leases, writer };
  const remote = world.port('db', parts, { server: 'db' });
  return {
    name,
    ...remote,
    wakeUp: new WakeUp(),
    declareDestinations: store.declareDestinations.bind(store),
    preflight: store.preflight.bind(store),
  };
}

function addRelays(world: World, { facts, options }: Parts): void {
  const main = () => {
    const bus = facts.broker.connect();
    const watched = facts.published.watched(bus);
    const relay = new Relay({
      leaseMs: 2_000,
      pollMaxMs: 200,
      cursorIntervalMs: 20,
      probeMaxMs: 1_000,
      ...options.relay,
      store: remoteStore(world, facts),
      publisher: options.publisher?.(watched, world) ?? watched,
      onEvent: (event) => facts.events.push(event),
    });
    relay.start();
    return {
      stop: async () => {
        await relay.stop();
        await bus.close();
      },
    };
  };
  world.process('relay', main, { replicas: options.relays ?? 2 });
}

function addWriters(world: World, { facts, options }: Parts): SimulatedProcess<ServiceApi> | undefined {
  const { clock, random, simulation } = world;
  const { writers = 2, messagesEach = 6, paceMs = 0, keys = ['a', 'b'], message = () => changed } = options;
  const transactions = new MemoryTransactions();
  const [service] = world.process('service', () => {
    const outbox = new Outbox({
      ...(options.dedupWindowMs !== undefined && { dedupWindowMs: options.dedupWindowMs }),
      store: remoteStore(world, facts),
      transactions,
      source: '/orders',
      ids: new UuidV7Ids({ clock, random }),
    });
    const send = async (key: string, number: number): Promise<string> => {
      const tx = facts.store.begin();
      currentIncarnation().onEnd(() => void tx.rollback());
      try {
        const { type, delayMs = 0 } = message(number);
        const dueAt = simulation.now + delayMs;
        const [id = ''] = await outbox.send(tx, { type, key, data: { number }, ...(delayMs > 0 && { delayMs }) });
        tx.onCommit(() => facts.committed.push({ id, key, type, dueAt }));
        await clock.sleep(random.next() * 30);
        await simulation.io({ label: 'db.commit', server: 'db', messages: [id] }, () => tx.commit());
        return id;
      } catch (error) {
        await tx.rollback();
        throw error;
      }
    };
    const replay = (beyondDedupWindow: boolean) =>
      outbox.replay({ from: 0, to: Number.MAX_SAFE_INTEGER }, { beyondDedupWindow });
    return { api: { send, replay }, stop: async () => {} };
  });
  const main = async ({ number: writer }: { readonly number: number }) => {
    for (let number = 1; number <= messagesEach; number += 1) {
      if (paceMs > 0) await clock.sleep(random.next() * paceMs);
      const key = keys[(writer + number) % keys.length] ?? 'a';
      await untilDone(clock, async () => {
        const id = await service?.call('send', (api) => api.send(key, number));
        if (id !== undefined) facts.accepted.push(id);
      });
    }
  };
  world.client('writer', main, { count: writers });
  return service;
}

function addReader(world: World, { facts, options }: Parts): void {
  world.process('reader', () => {
    const bus = facts.broker.connect();
    const stopping = new AbortController();
    const reading = readAll(bus.reader(BILLING.queue), {
      clock: world.clock,
      signal: stopping.signal,
      facts,
      pauseMs: options.readerPauseMs ?? 100,
    });
    return {
      stop: async () => {
        stopping.abort();
        await reading;
        await bus.close();
      },
    };
  });
}

interface Reading {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly facts: OutboxFacts;
  readonly pauseMs: number;
}

/** Takes what comes, and notes it before it is acked. */
async function readAll(reader: QueueReader, { clock, signal, facts, pauseMs }: Reading): Promise<void> {
  while (!signal.aborted) {
    try {
      for (const delivery of await reader.pull(10, { waitMs: 1_000, signal })) {
        const { id, key } = delivery.envelope;
        facts.delivered.push({ id, key });
        facts.published.delivered(id, delivery.deliveryCount);
        await delivery.ack();
      }
    } catch {
      await clock.sleep(pauseMs, signal);
    }
  }
}
