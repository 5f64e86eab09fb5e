import type { Delivery, Envelope } from '@holdfast/core';
import type { HandleOutcome } from '@holdfast/inbox-dedup';
import { type BrokerProfile, type Check, SimulatedBroker } from '@holdfast/testkit';
import { SimulatedSqlite, type SqliteTemplate } from '@holdfast/testkit/sqlite';
import type { World } from '../../src/kernel/world.ts';
import { LeasedConsumer } from './leased-consumer.ts';
import { onDeath } from './on-death.ts';
import { untilDone } from './until-done.ts';

/** What one process of a consumer does with a message. */
export interface ConsumerProgram {
  handle(
    envelope: Envelope,
    delivery: { readonly attempt: number; readonly signal: AbortSignal },
  ): Promise<HandleOutcome>;
  stop?(): Promise<unknown>;
}

export interface ConsumerWorldOptions {
  readonly profile: BrokerProfile;
  readonly template: SqliteTemplate;
  /** Published in this order, by one sender. */
  readonly envelopes: readonly Envelope[];
  /** Called in each process of the consumer. */
  readonly program: (db: SimulatedSqlite) => ConsumerProgram;
  /** @default 2 */
  readonly consumers?: number;
  /** Nothing is left to be done in the database. @default always so */
  readonly isDone?: (db: SimulatedSqlite) => boolean;
}

export interface ConsumerFacts {
  readonly db: SimulatedSqlite;
  readonly broker: SimulatedBroker;
  readonly envelopes: readonly Envelope[];
}

const SHOP = { queue: 'shop', leaseMs: 2_000 } as const;

/** A queue, a sender that publishes until everything is accepted, and processes of one consumer that share a database. */
export async function consumerWorld(world: World, options: ConsumerWorldOptions): Promise<ConsumerFacts> {
  const { profile, template, envelopes, consumers = 2 } = options;
  const { clock, random } = world;
  const db = await SimulatedSqlite.open(world, 'shop', { template });
  const broker = new SimulatedBroker(world, 'bus', profile);
  await broker.connect().declare({ ...SHOP, types: ['*'] });
  world.process('consumer', () => runConsumer(world, { broker, ...SHOP, program: options.program(db) }), {
    replicas: consumers,
  });
  world.client('sender', async () => {
    const bus = broker.connect();
    for (const envelope of envelopes) {
      await untilDone(clock, async () => {
        const [receipt] = await bus.publish([envelope]);
        if (receipt?.outcome !== 'accepted') throw new Error('not accepted');
      });
      await clock.sleep(random.next() * 100);
    }
    await bus.close();
  });
  world.quietWhen(() => broker.isQuiet() && (options.isDone?.(db) ?? true));
  return { db, broker, envelopes };
}

export interface RunningConsumerOptions {
  readonly broker: SimulatedBroker;
  readonly queue: string;
  readonly leaseMs: number;
  readonly program: ConsumerProgram;
}

/** Runs a consumer in the process whose code calls, and sees what happens to it. */
export function runConsumer(world: World, { broker, queue, leaseMs, program }: RunningConsumerOptions) {
  let inHand = 0;
  onDeath(() => {
    if (inHand > 0) world.see('killed in the middle of a message');
  });
  const bus = broker.connect();
  const team = new LeasedConsumer({
    reader: bus.reader(queue),
    clock: world.clock,
    leaseMs,
    handle: async ({ envelope, deliveryCount }: Delivery, signal) => {
      inHand += 1;
      try {
        return await program.handle(envelope, { attempt: deliveryCount, signal });
      } finally {
        inHand -= 1;
      }
    },
    onEnd: ({ outcome, wasLost }) => {
      if (outcome === 'duplicate') world.see('a duplicate was dropped');
      if (wasLost) world.see('a lease was lost while the work ran');
      if (wasLost && outcome === 'failed') world.see('a result was discarded');
      if (wasLost && outcome === 'applied') world.see('committed, though its lease was lost');
    },
  });
  return {
    stop: async () => {
      await team.stop();
      await program.stop?.();
      await bus.close();
    },
  };
}

export const nothingIsDead: Check<Pick<ConsumerFacts, 'broker'>> = {
  name: 'nothing is a dead letter',
  check: ({ broker }) => broker.deadLetters.map(({ id }) => `"${id}" is a dead letter.`),
};

/** In an order of chance. */
export function shuffled<One>(world: World, given: readonly One[]): readonly One[] {
  const left = [...given];
  return given.flatMap(() => left.splice(Math.floor(world.random.next() * left.length), 1));
}
