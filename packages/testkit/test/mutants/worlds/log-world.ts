import { type Envelope, type Publisher, type Receipt, UuidV7Ids } from '@holdfast/core';
import { Outbox, Relay, SqliteOutboxStore, sqliteOutboxMigrations } from '@holdfast/outbox';
import { sqliteLeaseMigrations } from '@holdfast/sql';
import type { WorldDefinition } from '../../../src/campaign/run-world.ts';
import type { World } from '../../../src/kernel/world.ts';
import { NetworkPublisher } from './network-publisher.ts';
import { firstDeliveries, inOrderPerKey } from './order-of-keys.ts';
import { SqlServer } from './sql-server.ts';

interface Taken {
  readonly id: string;
  readonly key: string | null;
  readonly at: number;
  readonly sequence: string | undefined;
}

interface LogFacts {
  readonly server: SqlServer;
  /** What the broker took, in this order. */
  readonly taken: readonly Taken[];
}

const WRITERS = 3;
const EACH = 9;
const KEYS = ['a', 'b'];
const DELAY_MS = 4_000;
const RETENTION_S = 2;

/** The outbox on SQLite: writers over the network, relays on the machine of the file, delayed messages, numbers and a short retention. */
export function logWorld(): WorldDefinition<LogFacts> {
  return {
    settleMs: 120_000,
    world: (world) => build(world),
    check: [
      {
        name: 'what was committed is published',
        check: ({ server, taken }) => {
          const ids = new Set(taken.map(({ id }) => id));
          return committed(server)
            .filter(({ id }) => !ids.has(id))
            .map(({ id }) => `"${id}" was committed, and the broker never got it.`);
        },
      },
      {
        name: 'nothing is published that was not committed',
        check: ({ server, taken }) => {
          const ids = new Set(committed(server).map(({ id }) => id));
          return taken.filter(({ id }) => !ids.has(id)).map(({ id }) => `"${id}" was published, but never committed.`);
        },
      },
      {
        name: 'each key is published in the order of its commits',
        check: ({ server, taken }) =>
          inOrderPerKey(
            committed(server).filter(({ dueAt }) => dueAt === 0),
            firstDeliveries(taken),
          ),
      },
      {
        name: 'the numbers of each key have no gap and no repetition',
        check: ({ server, taken }) =>
          KEYS.flatMap((key) => {
            const numbers = committed(server)
              .filter((one) => one.key === key)
              .map(({ id }) => Number(taken.find((one) => one.id === id)?.sequence ?? Number.NaN))
              .toSorted((one, other) => one - other);
            return numbers.every((number, index) => number === index + 1)
              ? []
              : [`Key "${key}" has the numbers ${numbers.join(', ')}.`];
          }),
      },
      {
        name: 'a delayed message is published when it is due, once, and not before',
        check: ({ server, taken }) =>
          committed(server)
            .filter(({ dueAt }) => dueAt > 0)
            .flatMap(({ id, dueAt }) => {
              const all = taken.filter((one) => one.id === id);
              const early = (all[0]?.at ?? dueAt) < dueAt;
              return early ? [`"${id}" came ${dueAt - (all[0]?.at ?? 0)} ms too early.`] : [];
            }),
      },
      {
        name: 'a delayed message enters the log once',
        check: ({ server }) =>
          server
            .rows('select id, count(*) as n from holdfast_outbox_log group by id having count(*) > 1')
            .map(({ id, n }) => `"${String(id)}" is ${Number(n)} times in the log.`),
      },
    ],
  };
}

interface Committed {
  readonly id: string;
  readonly key: string;
  readonly dueAt: number;
}

/** What the writers' own table says. */
function committed(server: SqlServer): readonly Committed[] {
  return server.rows('select id, key, due_at from sent order by n').map(({ id, key, due_at }) => ({
    id: String(id),
    key: String(key),
    dueAt: Number(due_at),
  }));
}

const SCHEMA =
  'create table sent (n integer primary key autoincrement, id text not null, key text not null, due_at real not null) strict;';

async function build(world: World): Promise<LogFacts> {
  const { clock, random, simulation } = world;
  const server = await SqlServer.open(world, {
    name: 'log',
    sets: [sqliteOutboxMigrations, sqliteLeaseMigrations],
    schema: SCHEMA,
  });
  await new SqliteOutboxStore({ database: server.database() }).setRetention({ seconds: RETENTION_S });
  world.server('bus');
  const taken: Taken[] = [];
  const broker: Publisher = { publish: async (batch) => batch.map(take) };
  function take({ id, key, attributes }: Envelope): Receipt {
    taken.push({ id, key, at: simulation.now, sequence: attributes['sequence'] });
    return { outcome: 'accepted' };
  }
  const watch = new LeaseWatch(world);
  world.process(
    'relay',
    ({ name, life }) => {
      const store = new SqliteOutboxStore({ database: server.database() });
      const { lanes, leases } = watch.around(store, `${name}/${life}`);
      const relay = new Relay({
        leaseMs: 2_000,
        pollMaxMs: 200,
        cursorIntervalMs: 20,
        probeMaxMs: 1_000,
        pageSize: 4,
        batchSize: 2,
        windowSize: 6,
        clock,
        random,
        store: {
          name: store.name,
          lanes,
          parking: store.parking,
          housekeeping: store.housekeeping,
          leases,
          wakeUp: store.wakeUp,
        },
        publisher: new NetworkPublisher(world, broker),
      });
      relay.start();
      return { stop: () => relay.stop() };
    },
    { replicas: 2 },
  );
  const [service] = world.process('service', () => {
    const transactions = server.runner();
    const outbox = new Outbox({
      store: new SqliteOutboxStore({ database: server.database() }),
      transactions,
      source: '/orders',
      sequences: { changed: 'order' },
      clock,
      ids: new UuidV7Ids({ clock, random }),
    });
    const send = (key: string, number: number) =>
      transactions.transaction(async (tx) => {
        const delayMs = number % 3 === 0 ? DELAY_MS : 0;
        const sentAt = simulation.now;
        const [id = ''] = await outbox.send(tx, { type: 'changed', key, data: { number }, delayMs });
        const dueAt = delayMs === 0 ? 0 : sentAt + delayMs;
        await tx.execute({ text: 'insert into sent (id, key, due_at) values (?1, ?2, ?3)', values: [id, key, dueAt] });
      });
    return { api: { send }, stop: async () => {} };
  });
  world.client(
    'writer',
    async ({ number: writer }) => {
      for (let number = 1; number <= EACH; number += 1) {
        const key = KEYS[(writer + number) % KEYS.length] ?? 'a';
        for (let tries = 0; tries < 300; tries += 1) {
          const isSent = await service
            ?.call('send', (api) => api.send(key, number))
            .then(
              () => true,
              () => false,
            );
          if (isSent) break;
          await clock.sleep(100);
        }
        await clock.sleep(random.next() * 400);
      }
    },
    { count: WRITERS },
  );
  world.quietWhen(() => {
    const ids = new Set(taken.map(({ id }) => id));
    return committed(server).every(({ id }) => ids.has(id));
  });
  return { server, taken };
}

/** Sees that a lease has one holder at a time, by the database's time, and that nothing is recorded under an old claim. */
class LeaseWatch {
  readonly #world: World;
  readonly #holders = new Map<string, { holder: string; until: number }>();
  readonly #claimed = new Map<number, bigint>();

  constructor(world: World) {
    this.#world = world;
  }

  around(
    store: SqliteOutboxStore,
    process: string,
  ): { lanes: SqliteOutboxStore['lanes']; leases: SqliteOutboxStore['leases'] } {
    const { lanes, leases } = store;
    return {
      lanes: spied(lanes, {
        claim: async (lane: number, token: bigint) => {
          const claim = await lanes.claim(lane, token);
          if (claim !== null) this.#claimed.set(lane, token);
          return claim;
        },
        settle: async (...args: Parameters<typeof lanes.settle>) => {
          const settled = await lanes.settle(...args);
          const [{ lane, fencingToken }] = args;
          if (settled !== null && fencingToken < (this.#claimed.get(lane) ?? 0n)) {
            this.#world.simulation.problem(
              'nothing is recorded under an old claim',
              `${process} recorded under ${fencingToken}.`,
            );
          }
          return settled;
        },
      }),
      leases: spied(leases, {
        acquire: async (request: Parameters<typeof leases.acquire>[0]) => {
          const lease = await leases.acquire(request);
          if (lease !== null) this.#held(request.name, process, request.leaseMs);
          return lease;
        },
        renew: async (lease: Parameters<typeof leases.renew>[0]) => {
          const isRenewed = await leases.renew(lease);
          if (isRenewed) this.#held(lease.name, process, lease.leaseMs);
          return isRenewed;
        },
        release: async (lease: Parameters<typeof leases.release>[0]) => {
          await leases.release(lease);
          if (this.#holders.get(lease.name)?.holder === process) this.#holders.delete(lease.name);
        },
      }),
    };
  }

  #held(name: string, holder: string, leaseMs: number): void {
    const { now } = this.#world.simulation;
    const other = this.#holders.get(name);
    if (other !== undefined && other.holder !== holder && other.until > now + 2) {
      this.#world.simulation.problem(
        'a lease has one holder',
        `${holder} got "${name}" while ${other.holder} held it.`,
      );
    }
    this.#holders.set(name, { holder, until: now + leaseMs });
  }
}

function spied<Port extends object>(port: Port, methods: Partial<Port>): Port {
  return new Proxy(port, {
    get: (target, name) => {
      const own: unknown = Reflect.get(methods, name);
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
