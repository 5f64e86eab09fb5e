import { type HttpIdempotency, PostgresIdempotencyStore } from '@holdfast/inbox-dedup/http';
import { DatabaseTimeoutError, type TransactionRunner } from '@holdfast/sql';
import { KyselyTransactionRunner } from '@holdfast/sql/kysely';
import { PgTransactionRunner, type PgTransactionRunnerOptions } from '@holdfast/sql/pg';
import { FaultProxy } from '@holdfast/sql/testing';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { order, postgresShop, Shop } from './shop.ts';

/** A shop behind a network that fails, and the same shop past it. */
async function proxiedShop(version: 15 | 18, pipeline: boolean, options: PgTransactionRunnerOptions = {}) {
  const direct = await postgresShop(version);
  const server = new URL(direct.db.url);
  const proxy = await FaultProxy.listen({ host: server.hostname, port: Number(server.port) });
  const pool = new pg.Pool({ connectionString: proxy.through(direct.db.url), pipeline, max: 5 });
  pool.on('error', () => {});
  const shop = new Shop(new PgTransactionRunner(pool, options), new PostgresIdempotencyStore());
  const idempotency = shop.idempotency();
  onTestFinished(async () => {
    await proxy.close();
    await pool.end();
  });
  return { direct, proxy, shop, idempotency };
}

const ways = [15, 18].flatMap((version) => [
  { version: version as 15 | 18, pipeline: true },
  { version: version as 15 | 18, pipeline: false },
]);

describe.each(ways)('PostgreSQL $version, pipelined: $pipeline', ({ version, pipeline }) => {
  test('a connection lost after COMMIT was sent: the answer that is kept is given, and the order is there once', async () => {
    const { direct, proxy, shop, idempotency } = await proxiedShop(version, pipeline);
    const cut = proxy.when({ direction: 'up', bytes: 'commit\0', fault: 'cut' });
    const response = await idempotency.handle(order(), shop.placeOrder);
    await cut;
    const retried = response.status === 503 ? await idempotency.handle(order(), shop.placeOrder) : response;
    expect(retried.status).toBe(201);
    const { id } = (await retried.json()) as { readonly id: string };
    expect(await direct.orders()).toEqual([id]);
    expect(shop.events[0]).toMatchObject({ type: 'commit-unknown', key: 'k', resolved: true });
    const again = await idempotency.handle(order(), shop.placeOrder);
    expect(((await again.json()) as { readonly id: string }).id).toBe(id);
  });

  test('a COMMIT that never reaches the server: 503 with Retry-After when that is unknown, nothing is there, and the retry makes the order', async () => {
    const { direct, proxy, shop, idempotency } = await proxiedShop(version, pipeline, {
      statementTimeoutMs: 3_000,
      connectTimeoutMs: 3_000,
    });
    let isFirst = true;
    const work: typeof shop.placeOrder = async (request, context) => {
      const response = await shop.placeOrder(request, context);
      if (isFirst) proxy.silence();
      isFirst = false;
      return response;
    };
    const answering = idempotency.handle(order(), work);
    if (pipeline) {
      const response = await answering;
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('10');
    } else {
      // There the answer is kept in a round trip before COMMIT, which is not sent then.
      await expect(answering).rejects.toThrow(DatabaseTimeoutError);
    }
    expect(await direct.orders()).toEqual([]);
    proxy.heal();
    await direct.elapse(10_001);
    expect((await idempotency.handle(order(), work)).status).toBe(201);
    expect(await direct.orders()).toHaveLength(1);
  });

  test('a connection lost in the work: the work runs again, and the order is there once', async () => {
    const { direct, proxy, shop, idempotency } = await proxiedShop(version, pipeline);
    const response = await idempotency.handle(order(), async (request, context) => {
      const placed = await shop.placeOrder(request, context);
      if (shop.works === 1) proxy.reset();
      if (shop.works === 1) await shop.insert(context.tx, 'never', 'never');
      return placed;
    });
    expect(response.status).toBe(201);
    expect(shop.works).toBe(2);
    expect(await direct.orders()).toHaveLength(1);
  });

  test('a holder in the middle of its work whose key was taken over is rolled back at COMMIT; the order is there once', async () => {
    const shop = await postgresShop(version, { pipeline });
    // As in a process that stands still: it does not renew, and does not notice.
    const idempotency = shop.idempotency({ leaseMs: 600_000, retentionMs: 700_000 });
    const response = await idempotency.handle(order(), async (request, context) => {
      const late = await shop.placeOrder(request, context);
      await shop.elapse(600_001);
      const taken = await shop.idempotency().handle(order(), shop.placeOrder);
      expect(taken.status).toBe(201);
      return late;
    });
    expect(response.status).toBe(409);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(shop.works).toBe(2);
    expect(shop.events).toEqual([{ type: 'key-lost', key: 'k' }]);
    const replay = await idempotency.handle(order(), shop.placeOrder);
    expect(await shop.orders()).toEqual([((await replay.json()) as { readonly id: string }).id]);
  });

  test('a work that outlasts its lease keeps its key by renewals', async () => {
    const shop = await postgresShop(version, { pipeline });
    const idempotency = shop.idempotency({ leaseMs: 600 });
    const done = Promise.withResolvers<void>();
    shop.beforeOrder = () => done.promise;
    const running = idempotency.handle(order(), shop.placeOrder);
    const leaseEnd = async () => String((await shop.keys())[0]?.['lease_until']);
    const first = await vi.waitFor(async () => {
      const end = await leaseEnd();
      expect(end).not.toBe('undefined');
      return end;
    });
    // The second renewal comes after the lease that was claimed.
    for (const _renewal of [1, 2, 3, 4]) {
      const before = await leaseEnd();
      await vi.waitFor(async () => expect(await leaseEnd()).not.toBe(before), { timeout: 20_000 });
    }
    expect(await leaseEnd()).not.toBe(first);
    done.resolve();
    expect((await running).status).toBe(201);
    expect(shop.works).toBe(1);
    expect(await shop.orders()).toHaveLength(1);
  });

  test('a value that the database refuses is an error of its own, and not taken for a lost key', async () => {
    const shop = await postgresShop(version, { pipeline });
    const refused = { text: 'select ($1::text)::integer', values: ['lost'] };
    const idempotency = shop.idempotency();
    const inWork = idempotency.handle(order(), async (_request, { tx }) => {
      await tx.execute(refused);
      return new Response();
    });
    await expect(inWork).rejects.toMatchObject({ code: '22P02' });
    const atTheEnd = idempotency.handle(order(), async (_request, { tx }) => {
      tx.beforeCommit(() => [refused]);
      return new Response();
    });
    await expect(atTheEnd).rejects.toMatchObject({ code: '22P02' });
    expect(await shop.keys()).toEqual([]);
  });

  test('an answer that cannot be kept because a hook of the transaction fails frees the key', async () => {
    const shop = await postgresShop(version, { pipeline });
    const failing = shop.idempotency().handle(order(), async (request, context) => {
      const response = await shop.placeOrder(request, context);
      context.tx.beforeCommit(() => [{ text: 'insert into orders values (null, null)', values: [] }]);
      return response;
    });
    await expect(failing).rejects.toMatchObject({ code: '23502' });
    expect([await shop.orders(), await shop.keys()]).toEqual([[], []]);
  });
});

test('with a pipelined pool an endpoint costs one round trip more than its transaction, and a replay one in all', async () => {
  const { proxy, shop, idempotency } = await proxiedShop(18, true);
  const roundTrips = async (run: () => Promise<unknown>) => {
    const before = proxy.roundTrips;
    await run();
    return proxy.roundTrips - before;
  };
  const bare = () => shop.transactions.transaction((tx) => shop.placeOrder(order(), { tx }));
  const withKey = (key: string) => () => idempotency.handle(order({ key }), shop.placeOrder);
  await bare();
  await withKey('warm up')();
  proxy.delay(5);
  expect(await roundTrips(withKey('measured'))).toBe((await roundTrips(bare)) + 1);
  expect(await roundTrips(withKey('measured'))).toBe(1);
});

describe.each(['read committed', 'repeatable read', 'serializable'] as const)(
  'in %s transactions',
  (isolationLevel) => {
    test('F1.1: 20 requests with each of 10 keys make 10 orders', async () => {
      const { db, store } = await postgresShop(18);
      const shop = new Shop(new PgTransactionRunner(db.pool, { isolationLevel }), store);
      await twentyOfEach(shop);
    });
  },
);

test('Kysely: F1.1: 20 requests with each of 10 keys make 10 orders, and a lost key is rolled back', async () => {
  const { db, store } = await postgresShop(18);
  const kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: db.pool }) });
  const transactions = new KyselyTransactionRunner(kysely, { dialect: 'postgresql' });
  const shop = new Shop<Parameters<typeof transactions.executor>[0]>(transactions, store);
  await twentyOfEach(shop);
  const response = await shop
    .idempotency({ leaseMs: 600_000 })
    .handle(order({ key: 'lost' }), async (request, context) => {
      const placed = await shop.placeOrder(request, context);
      await db.pool.query("update holdfast_idempotency set token = 'another' where key = 'lost'");
      return placed;
    });
  expect(response.status).toBe(409);
  expect(await shop.orders()).toHaveLength(10);
});

async function twentyOfEach<Tx>(shop: Shop<Tx>): Promise<void> {
  const keys = Array.from({ length: 10 }, (_, index) => `key ${index}`);
  const idempotency: HttpIdempotency<Tx> = shop.idempotency({
    transactions: shop.transactions as TransactionRunner<Tx>,
  });
  const ask = async (key: string): Promise<string> => {
    for (;;) {
      const response = await idempotency.handle(order({ key: `"${key}"` }), shop.placeOrder);
      if (response.status === 201) return response.text();
      expect(response.status).toBe(409);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const answers = await Promise.all(keys.map((key) => Promise.all(Array.from({ length: 20 }, () => ask(key)))));
  expect(answers.map((same) => new Set(same).size)).toEqual(keys.map(() => 1));
  expect(await shop.orders()).toHaveLength(10);
}
