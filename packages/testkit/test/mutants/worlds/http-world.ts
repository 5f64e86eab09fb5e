import { SystemRandom, UuidV7Ids } from '@holdfast/core';
import { HttpIdempotency, SqliteIdempotencyStore, sqliteIdempotencyMigrations } from '@holdfast/inbox-dedup/http';
import type { WorldDefinition } from '../../../src/campaign/run-world.ts';
import type { World } from '../../../src/kernel/world.ts';
import { type ServerTransaction, SqlServer } from './sql-server.ts';

interface HttpFacts {
  readonly server: SqlServer;
  /** What each client was answered, by its key. */
  readonly answers: ReadonlyMap<string, readonly string[]>;
  /** Requests of another content under a known key that were not refused. */
  readonly mixedUp: readonly string[];
}

const CLIENTS = 5;
const SCHEMA = 'create table purchase (n integer primary key autoincrement, customer text not null) strict;';

/** Customers who order, give up waiting and press the button again, at two servers of one database. */
export function httpWorld(): WorldDefinition<HttpFacts> {
  return {
    settleMs: 200_000,
    world: (world) => build(world),
    check: [
      {
        name: 'there is one order for each key',
        check: ({ server }) =>
          Array.from({ length: CLIENTS }, (_, index) => `c${index + 1}`).flatMap((customer) => {
            const count = server.rows('select 1 from purchase where customer = ?', customer).length;
            return count === 1 ? [] : [`"${customer}" has ${count} orders.`];
          }),
      },
      {
        name: 'each repetition gets the first answer',
        check: ({ answers }) =>
          [...answers]
            .filter(([, all]) => new Set(all).size > 1)
            .map(([key, all]) => `"${key}" was answered ${all.join(' and ')}.`),
      },
      {
        name: 'another content under a known key is refused',
        check: ({ mixedUp }) => mixedUp.map((answer) => `Another order was answered "${answer}".`),
      },
    ],
  };
}

async function build(world: World): Promise<HttpFacts> {
  const { clock, random } = world;
  const server = await SqlServer.open(world, { name: 'orders', sets: [sqliteIdempotencyMigrations], schema: SCHEMA });
  const answers = new Map<string, string[]>();
  const mixedUp: string[] = [];
  const running = new Map<string, number>();
  const apis = world.process('api', () => api(world, server, running), { replicas: 2 });
  world.client(
    'c',
    async ({ number }) => {
      const key = `key-${number}`;
      const post = (customer: string) => {
        const target = apis[Math.floor(random.next() * apis.length)];
        if (target === undefined) throw new Error('no api');
        return Promise.race([
          target.call('post', (one) => one.post(key, customer)),
          clock.sleep(1_500).then(() => ({ status: 0, body: '' })),
        ]);
      };
      await until(world, async () => {
        // Twice at once, as an impatient customer does.
        const both = await Promise.allSettled([post(`c${number}`), post(`c${number}`)]);
        for (const one of both) {
          if (one.status !== 'fulfilled' || one.value.status !== 201) continue;
          answers.set(key, [...(answers.get(key) ?? []), one.value.body]);
        }
        return (answers.get(key)?.length ?? 0) >= 2;
      });
      await until(world, async () => {
        const { status, body } = await post('somebody else');
        if (status === 201) mixedUp.push(body);
        return status === 422 || status === 201;
      });
    },
    { count: CLIENTS },
  );
  world.quietWhen(() => true);
  return { server, answers, mixedUp };
}

async function until({ clock }: World, reached: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    const isReached = await reached().catch(() => false);
    if (isReached) return;
    await clock.sleep(200);
  }
}

function api(world: World, server: SqlServer, running: Map<string, number>) {
  const { clock, random } = world;
  const idempotency = new HttpIdempotency<ServerTransaction>({
    store: new SqliteIdempotencyStore(),
    transactions: server.runner(),
    scope: () => 'everybody',
    leaseMs: 600,
    maxWorkMs: 20_000,
    clock,
    random,
    ids: new UuidV7Ids({ clock, random: new SystemRandom() }),
  });
  const post = async (key: string, customer: string) => {
    const request = new Request('http://orders/', {
      method: 'POST',
      headers: { 'idempotency-key': `"${key}"` },
      body: JSON.stringify({ customer }),
    });
    const response = await idempotency.handle(request, async (received, { tx }) => {
      const body = (await received.json()) as { customer: string };
      const others = running.get(key) ?? 0;
      running.set(key, others + 1);
      if (others > 0 && world.simulation.happened.length === 0) {
        world.simulation.problem('one work of a key runs at a time while nothing goes wrong', `"${key}" has two.`);
      }
      // Some works outlast the lease, which is renewed meanwhile.
      await clock.sleep(random.next() < 0.3 ? 900 : 5);
      running.set(key, (running.get(key) ?? 1) - 1);
      const { rows } = await tx.execute({
        text: 'insert into purchase (customer) values (?1) returning n',
        values: [body.customer],
      });
      return Response.json({ order: Number(rows[0]?.['n']) }, { status: 201 });
    });
    return { status: response.status, body: await response.text() };
  };
  return { api: { post }, stop: () => idempotency.close() };
}
