import { OverloadedError } from '@holdfast/core';
import {
  type Effect,
  EffectJournal,
  SqliteEffectStore,
  sqliteEffectMigrations,
  type Verdict,
} from '@holdfast/inbox-dedup/effects';
import type { WorldDefinition } from '../../../src/campaign/run-world.ts';
import type { World } from '../../../src/kernel/world.ts';
import { SqlServer } from './sql-server.ts';

export interface EffectsWorldOptions {
  /** The provider makes repeated calls with one idempotency key safe. @default false, it makes a charge of each */
  readonly callAgain?: boolean;
  /** It cannot tell for a while whether it charged. @default false */
  readonly vague?: boolean;
}

interface Charge {
  readonly idempotencyKey: string;
  readonly order: string;
  readonly id: number;
}

interface EffectsFacts {
  readonly server: SqlServer;
  readonly ledger: readonly Charge[];
  /** What each client was told, by order. */
  readonly told: ReadonlyMap<string, readonly number[]>;
}

const ORDERS = ['o1', 'o2', 'o3', 'o4'];
const SETTLE_MS = 6_000;

/** A provider outside with its own ledger, whose requests may take long, and two processes with a journal that charge the same orders. */
export function effectsWorld(options: EffectsWorldOptions = {}): WorldDefinition<EffectsFacts> {
  return {
    settleMs: 200_000,
    world: (world) => build(world, options),
    check: [
      {
        name: 'each order is charged once',
        check: ({ ledger }) =>
          ORDERS.flatMap((order) => {
            const count = ledger.filter((charge) => charge.order === order).length;
            return count === 1 ? [] : [`"${order}" was charged ${count} times.`];
          }),
      },
      {
        name: 'everybody is told the charge that was made',
        check: ({ ledger, told }) =>
          [...told].flatMap(([order, ids]) =>
            ids
              .filter((id) => !ledger.some((charge) => charge.order === order && charge.id === id))
              .map((id) => `Of "${order}" charge ${id} was told, which is not in the ledger.`),
          ),
      },
      {
        name: 'no effect stays in doubt',
        check: ({ server }) =>
          server
            .rows("select key, state from holdfast_effect where state <> 'done'")
            .map(({ key, state }) => `"${String(key)}" is "${String(state)}".`),
      },
    ],
  };
}

async function build(world: World, options: EffectsWorldOptions): Promise<EffectsFacts> {
  const { clock } = world;
  const server = await SqlServer.open(world, { name: 'payment', sets: [sqliteEffectMigrations] });
  world.server('provider');
  const ledger: Charge[] = [];
  const told = new Map<string, number[]>();
  const workers = world.process('worker', () => worker(world, { server, ledger, options }), { replicas: 2 });
  world.process('resolver', () => resolver(world, { server, ledger, options }));
  for (const order of ORDERS) {
    // Twice, as a message that is delivered twice does.
    for (const [index, process] of workers.entries()) {
      world.client(`${order}-${index}`, async () => {
        await clock.sleep(world.random.next() * 500);
        for (let tries = 0; tries < 600; tries += 1) {
          try {
            const id = await process.call('charge', (api) => api.charge(order));
            told.set(order, [...(told.get(order) ?? []), id]);
            return;
          } catch {
            await clock.sleep(300);
          }
        }
      });
    }
  }
  world.quietWhen(() => server.rows("select 1 from holdfast_effect where state <> 'done'").length === 0);
  return { server, ledger, told };
}

interface Parts {
  readonly server: SqlServer;
  readonly ledger: Charge[];
  readonly options: EffectsWorldOptions;
}

function journalOf(world: World, { server }: Parts): EffectJournal {
  return new EffectJournal({
    name: 'payment',
    store: new SqliteEffectStore(),
    database: server.runner(),
    deadlineMs: 400,
    verifyDeadlineMs: 400,
    leaseMarginMs: 200,
    settleMs: SETTLE_MS,
    maxVerifications: 1_000,
    verifyBackoffMs: { min: 100, max: 1_000 },
    clock: world.clock,
    random: world.random,
  });
}

function worker(world: World, parts: Parts) {
  const journal = journalOf(world, parts);
  const provider = new Provider(world, parts);
  const charge = async (order: string): Promise<number> => {
    const effect: Effect<number> = {
      call: ({ idempotencyKey, signal }) => provider.charge({ order, idempotencyKey, signal }),
      verify: parts.options.callAgain === true ? 'call-again' : ({ idempotencyKey }) => provider.find(idempotencyKey),
    };
    return journal.perform(`${order}/charge`, effect);
  };
  return { api: { charge }, stop: () => journal.settled() };
}

function resolver(world: World, parts: Parts) {
  const journal = journalOf(world, parts);
  const provider = new Provider(world, parts);
  const stop = new AbortController();
  const run = async () => {
    while (!stop.signal.aborted) {
      await world.clock.sleep(3_000, stop.signal);
      if (stop.signal.aborted || parts.options.callAgain === true) continue;
      await journal.resolveUnknown(({ idempotencyKey }) => provider.find(idempotencyKey)).catch(() => {});
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

/** A request to it may be under way for long after its caller has given up, but not for longer than it takes to settle. */
class Provider {
  readonly #world: World;
  readonly #ledger: Charge[];
  readonly #options: EffectsWorldOptions;

  constructor(world: World, { ledger, options }: Parts) {
    this.#world = world;
    this.#ledger = ledger;
    this.#options = options;
  }

  async charge(request: { order: string; idempotencyKey: string; signal: AbortSignal }): Promise<number> {
    const { order, idempotencyKey } = request;
    const { simulation, random } = this.#world;
    const draw = random.next();
    const takesMs = draw < 0.45 ? random.next() * 5_000 : 5;
    const site = {
      label: 'provider.charge',
      server: 'provider',
      answers: true,
      outlivesSender: true,
      errorBefore: () => new OverloadedError('it takes no connections'),
      errorAfter: () => new Error('the connection was lost'),
    };
    return simulation.io(site, async () => {
      await simulation.sleep(takesMs);
      if (draw > 0.75) throw new OverloadedError('too many requests');
      const known = this.#ledger.find((charge) => charge.idempotencyKey === idempotencyKey);
      if (known !== undefined && this.#options.callAgain === true) return known.id;
      const id = this.#ledger.length + 1;
      this.#ledger.push({ idempotencyKey, order, id });
      return id;
    });
  }

  async find(idempotencyKey: string): Promise<Verdict<number>> {
    const lost = () => new Error('the connection was lost');
    const site = { label: 'provider.find', server: 'provider', answers: true, errorBefore: lost, errorAfter: lost };
    return this.#world.simulation.io(site, () => {
      if (this.#options.vague === true && this.#world.random.next() < 0.5) return { happened: 'unknown' as const };
      const known = this.#ledger.find((charge) => charge.idempotencyKey === idempotencyKey);
      return known === undefined ? { happened: false as const } : { happened: true as const, result: known.id };
    });
  }
}
