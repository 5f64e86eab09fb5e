import { TransientError } from '@holdfast/core';
import { HttpIdempotency, SqliteIdempotencyStore, sqliteIdempotencyMigrations } from '@holdfast/inbox-dedup/http';
import { Migrator } from '@holdfast/sql';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { type Check, SimulationFailedError, simulate, type World } from '@holdfast/testkit';
import { SimulatedSqlite, SqliteTemplate } from '@holdfast/testkit/sqlite';
import { expect, test } from 'vitest';

const CLIENTS = 4;

const template = new SqliteTemplate(async (handle) => {
  handle.exec(`create table purchase (n integer primary key autoincrement, client integer not null) strict;
    create table account (id integer primary key, purchases integer not null, version integer not null) strict;
    insert into account values (1, 0, 0)`);
  await new Migrator({ database: new BetterSqlite3Database(handle), sets: [sqliteIdempotencyMigrations] }).up();
});

interface Facts {
  readonly db: SimulatedSqlite;
  /** What each client was told, in the end. */
  readonly told: ReadonlyMap<number, number>;
}

/** Two servers that count the purchases of one account, which they read before the transaction that writes it. */
function shop(world: World, db: SimulatedSqlite, isVersioned: boolean) {
  const { clock, random, ids } = world;
  const transactions = db.transactions();
  const idempotency = new HttpIdempotency({
    store: new SqliteIdempotencyStore(),
    transactions,
    scope: () => 'everybody',
    ...{ clock, random, ids },
  });
  const post = async (client: number) => {
    const text = 'select purchases, version from account where id = 1';
    const { rows } = await transactions.execute({ text, values: [] });
    const [purchases, version] = [Number(rows[0]?.['purchases']), Number(rows[0]?.['version'])];
    const headers = { 'idempotency-key': `"key-${client}"` };
    const request = new Request('http://shop/', { method: 'POST', headers, body: '{}' });
    const response = await idempotency.handle(request, async (_, { tx }) => {
      const condition = isVersioned ? 'and version = ?2' : 'and ?2 is not null';
      const { rowCount } = await tx.execute({
        text: `update account set purchases = ?1, version = version + 1 where id = 1 ${condition}`,
        values: [purchases + 1, version],
      });
      if (rowCount === 0) {
        world.see('somebody else was faster');
        throw new TransientError('Somebody else was faster.');
      }
      const made = await tx.execute({
        text: 'insert into purchase (client) values (?1) returning n',
        values: [client],
      });
      return Response.json(Number(made.rows[0]?.['n']), { status: 201 });
    });
    return response.status === 201 ? Number(await response.text()) : null;
  };
  return { api: { post } };
}

function shopWorld(isVersioned: boolean) {
  return async (world: World): Promise<Facts> => {
    const db = await SimulatedSqlite.open(world, 'shop', { template, server: true });
    const told = new Map<number, number>();
    const servers = world.process('server', () => shop(world, db, isVersioned), { replicas: 2 });
    world.client(
      'client',
      async ({ number }) => {
        for (let tries = 0; !told.has(number); tries += 1) {
          const server = servers[(number + tries) % servers.length];
          const answer = await server?.call('post', (api) => api.post(number)).catch(() => null);
          if (typeof answer === 'number') told.set(number, answer);
          else await world.clock.sleep(100 + 200 * world.random.next());
        }
      },
      { count: CLIENTS },
    );
    world.quietWhen(() => true);
    return { db, told };
  };
}

const checks: readonly Check<Facts>[] = [
  {
    name: 'each key made one purchase, and its client was told of that one',
    check: ({ db, told }, world) => {
      for (const { at, kind } of world.simulation.happened) {
        if (kind === 'error-after' && at.includes('/shop.commit#')) world.see('committed, and the answer was lost');
      }
      const made = db.query('select client, n from purchase').map(({ client, n }) => `${client} ${n}`);
      const expected = [...told].map(([client, n]) => `${client} ${n}`);
      return made.sort().join() === expected.sort().join() ? [] : ['They were not.'];
    },
  },
  {
    name: 'no update is lost',
    check: ({ db }) => {
      const [account] = db.query('select purchases, (select count(*) from purchase) as made from account');
      return account?.['purchases'] === account?.['made'] ? [] : ['One was.'];
    },
  },
];

test('F3.5, F3.6, F3.7: on a simulated server, whatever dies or is lost, a key makes one purchase, and no update is lost', async () => {
  const { figures } = await simulate({
    name: 'shop',
    world: shopWorld(true),
    check: checks,
    seeds: 100,
    repeat: 0.2,
    sometimes: ['committed, and the answer was lost', 'somebody else was faster'],
  });
  expect(figures.seeds).toBe(100);
});

test('F3.6: an update without a version is lost, and that is seen', async () => {
  const lost = simulate({ name: 'careless shop', world: shopWorld(false), check: checks, seeds: 100 });
  const error = await lost.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SimulationFailedError);
  expect(String(error)).toContain('no update is lost');
});
