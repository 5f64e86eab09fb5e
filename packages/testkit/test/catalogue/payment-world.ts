import { OverloadedError, TransientError } from '@holdfast/core';
import {
  type Effect,
  type EffectEvent,
  EffectJournal,
  SqliteEffectStore,
  sqliteEffectMigrations,
  type Verdict,
} from '@holdfast/inbox-dedup/effects';
import { Migrator } from '@holdfast/sql';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { SimulatedService } from '@holdfast/testkit';
import { SimulatedSqlite, SqliteTemplate } from '@holdfast/testkit/sqlite';
import type { World } from '../../src/kernel/world.ts';
import { isAsked } from './is-asked.ts';
import { untilDone } from './until-done.ts';

export interface PaymentWorldOptions {
  /** What the provider says when it is asked: the truth, or for some orders that it does not know, until a person has settled it. @default the truth */
  readonly tells?: 'truth' | 'not always';
  /** Every call ends before its deadline, unless something goes wrong. @default false */
  readonly isCalm?: boolean;
  /** @default all of {@link ORDERS} */
  readonly orders?: readonly string[];
}

export interface Charge {
  readonly order: string;
  readonly idempotencyKey: string;
  readonly id: string;
}

export interface PaymentFacts {
  readonly orders: readonly string[];
  readonly db: SimulatedSqlite;
  readonly ledger: readonly Charge[];
  /** What each order's clients were told. */
  readonly told: { readonly order: string; readonly charge: string }[];
  readonly events: EffectEvent[];
}

export const ORDERS: readonly string[] = ['o1', 'o2', 'o3', 'o4'];
/** Of these the provider does not know whether it charged them. */
export const FORGOTTEN: readonly string[] = ['o1', 'o2'];
/** Longer than a request is under way: a provider that stands still has it for up to a minute. */
const SETTLE_MS = 65_000;

const template = new SqliteTemplate(async (handle) => {
  await new Migrator({ database: new BetterSqlite3Database(handle), sets: [sqliteEffectMigrations] }).up();
});

/** A provider with its own books, that charges whoever asks, as often as it is asked; and processes that charge the same orders at once. */
export async function paymentWorld(world: World, options: PaymentWorldOptions = {}): Promise<PaymentFacts> {
  const db = await SimulatedSqlite.open(world, 'payments', { template });
  const ledger: Charge[] = [];
  const { orders = ORDERS } = options;
  const facts: PaymentFacts = { orders, db, ledger, told: [], events: [] };
  const provider = new SimulatedService(world, 'provider', {
    api: new Provider(world, ledger, options),
    counts: () => ({ charges: ledger.length }),
  });
  const workers = world.process('worker', () => worker(world, { facts, provider: provider.api }), { replicas: 2 });
  world.process('resolver', () => resolver(world, { facts, provider: provider.api }));
  if (options.tells === 'not always') world.process('person', () => person(world, { facts }));
  for (const order of orders) {
    // Twice, as a message does that is delivered twice.
    for (const [index, process] of workers.entries()) {
      world.client(`${order}-${index + 1}`, async () => {
        await world.clock.sleep(world.random.next() * 500);
        for (let again = 0; again < 10; again += 1) {
          const ask = () => process.call('charge', (api) => api.charge(order));
          if (await untilDone(world.clock, async () => facts.told.push({ order, charge: await ask() }))) return;
        }
        throw new TransientError('It was never told.');
      });
    }
  }
  world.quietWhen(() => !isAsked(world, 'provider'));
  world.quietWhen(() => db.query("select 1 from holdfast_effect where state <> 'done'").length === 0);
  return facts;
}

class Provider {
  readonly #world: World;
  readonly #ledger: Charge[];
  readonly #options: PaymentWorldOptions;

  constructor(world: World, ledger: Charge[], options: PaymentWorldOptions) {
    this.#world = world;
    this.#ledger = ledger;
    this.#options = options;
  }

  /** It does not look whether it has done it before. */
  async charge(order: string, idempotencyKey: string): Promise<string> {
    const { random, simulation } = this.#world;
    const isSlow = this.#options.isCalm !== true && random.next() < 0.2;
    await simulation.sleep(random.next() * (isSlow ? 3_000 : 300));
    const id = `charge-${this.#ledger.length + 1}`;
    this.#ledger.push({ order, idempotencyKey, id });
    return id;
  }

  async find(order: string, idempotencyKey: string): Promise<Verdict<string>> {
    const charge = this.#ledger.find((one) => one.idempotencyKey === idempotencyKey);
    if (this.#options.tells === 'not always' && FORGOTTEN.includes(order))
      return { happened: 'unknown', reason: 'no records' };
    return charge === undefined ? { happened: false } : { happened: true, result: charge.id };
  }
}

interface Parts {
  readonly facts: PaymentFacts;
  readonly provider: Provider;
}

function journalOf(world: World, { db, events }: PaymentFacts): EffectJournal {
  return new EffectJournal({
    name: 'payment',
    store: new SqliteEffectStore(),
    database: db.database(),
    deadlineMs: 400,
    verifyDeadlineMs: 400,
    leaseMarginMs: 200,
    settleMs: SETTLE_MS,
    maxVerifications: 4,
    verifyBackoffMs: { min: 100, max: 1_000 },
    onEvent: (event) => {
      events.push(event);
      world.see(event.type === 'resolved' ? `resolved: ${event.happened ? 'it happened' : 'it did not'}` : event.type);
    },
  });
}

function worker(world: World, { facts, provider }: Parts) {
  const journal = journalOf(world, facts);
  const charge = (order: string): Promise<string> => {
    const effect: Effect<string> = {
      call: async ({ idempotencyKey }) => {
        return provider.charge(order, idempotencyKey).catch((error: unknown) => {
          // The provider takes no connections: certainly not done.
          if (error instanceof TransientError) throw new OverloadedError('It takes no connections.');
          throw error;
        });
      },
      verify: ({ idempotencyKey }) => provider.find(order, idempotencyKey),
      about: `order ${order}`,
    };
    return journal.perform(`${order}/charge`, effect);
  };
  return { api: { charge }, stop: () => journal.settled() };
}

/** Finds out about effects that nobody performs any more. */
function resolver(world: World, { facts, provider }: Parts) {
  const journal = journalOf(world, facts);
  return looking(world, 3_000, async () => {
    await journal.resolveUnknown(({ key, idempotencyKey }) => provider.find(orderOf(key), idempotencyKey));
  });
}

/** Looks into the provider's books by other means, and settles what is parked. */
function person(world: World, { facts }: { readonly facts: PaymentFacts }) {
  const journal = journalOf(world, facts);
  return looking(world, 10_000, async () => {
    for (const { key, idempotencyKey, about } of await journal.list({ state: 'parked' })) {
      const order = orderOf(key);
      if (about === `order ${order}`) world.see('parked with what is known of it');
      // What was under way has arrived by then.
      await world.clock.sleep(SETTLE_MS);
      const charge = facts.ledger.find((one) => one.idempotencyKey === idempotencyKey);
      const verdict =
        charge === undefined ? ({ happened: false } as const) : { happened: true as const, result: charge.id };
      await journal.settle(key, verdict, { note: 'looked it up' });
    }
  });
}

function looking(world: World, everyMs: number, look: () => Promise<unknown>) {
  const stop = new AbortController();
  const run = async () => {
    while (!stop.signal.aborted) {
      await look().catch(() => {});
      await world.clock.sleep(everyMs, stop.signal);
    }
  };
  const running = run();
  return {
    stop: async () => {
      stop.abort();
      await running;
    },
  };
}

function orderOf(key: string): string {
  return key.replace('/charge', '');
}
