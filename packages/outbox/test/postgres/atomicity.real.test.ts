import { Outbox, SqliteOutboxStore, SyncOutbox, sqliteOutboxMigrations } from '@holdfast/outbox';
import { Migrator, postgresLeaseMigrations, sqliteLeaseMigrations, TableNames } from '@holdfast/sql';
import { BetterSqlite3Transactions } from '@holdfast/sql/better-sqlite3';
import { PgTransactTransactions, transact } from '@holdfast/sql/pg';
import { FaultProxy, postgresTestDatabase, sqliteTestDatabase } from '@holdfast/sql/testing';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { complete, inTransaction, logIds, type PostgresOutbox, postgresOutbox, sets } from './postgres-outbox.ts';

const failed = new Error('the business failed');

async function withOrders(version: 15 | 18): Promise<PostgresOutbox> {
  const world = await postgresOutbox(version);
  await world.pool.query('create table orders (id text primary key)');
  return world;
}

async function place(client: pg.ClientBase, { outbox }: PostgresOutbox, id: string): Promise<void> {
  await client.query('insert into orders values ($1)', [id]);
  await outbox.send(client as pg.PoolClient, complete({ id, key: id }));
}

async function orders({ pool }: PostgresOutbox): Promise<readonly string[]> {
  const { rows } = await pool.query<{ id: string }>('select id from orders order by id');
  return rows.map((row) => row.id);
}

describe.each([15, 18] as const)('PostgreSQL %i', (version) => {
  test('F3.5: an order and its message exist together or not at all, however the transaction ends', async () => {
    const world = await withOrders(version);
    const { pool, publisher, relayOf } = world;
    await inTransaction(pool, (client) => place(client, world, 'committed'));
    await expect(
      inTransaction(pool, async (client) => {
        await place(client, world, 'failed after send');
        throw failed;
      }),
    ).rejects.toBe(failed);
    await inTransaction(pool, async (client) => {
      await place(client, world, 'kept');
      await client.query('savepoint half');
      await place(client, world, 'rolled back to savepoint');
      await client.query('rollback to savepoint half');
      await client.query('savepoint half');
      await place(client, world, 'released savepoint');
      await client.query('release savepoint half');
    });
    // PostgreSQL answers COMMIT of a failed transaction with ROLLBACK and without an error.
    const client = await pool.connect();
    await client.query('begin');
    await place(client, world, 'statement failed');
    await expect(client.query('select 1 / 0')).rejects.toThrow('division by zero');
    expect((await client.query('commit')).command).toBe('ROLLBACK');
    client.release();

    expect(await orders(world)).toEqual(['committed', 'kept', 'released savepoint']);
    expect([...(await logIds(pool))].sort()).toEqual(await orders(world));
    await relayOf().runOnce();
    expect(publisher.ids).toEqual(['committed', 'kept', 'released savepoint']);
  });

  test('F3.5: a send that fails takes the order with it', async () => {
    const world = await withOrders(version);
    const { pool, store } = world;
    const outbox = new Outbox({
      store,
      transactions: { executor: (tx: pg.PoolClient) => world.database && executorOf(tx) },
      source: '/test',
      route: () => 'nowhere',
    });
    await expect(
      inTransaction(pool, async (client) => {
        await client.query("insert into orders values ('lost')");
        await outbox.send(client, complete({}));
      }),
    ).rejects.toMatchObject({ code: 'ERR_OUTBOX_UNKNOWN_DESTINATION', destinations: ['nowhere'] });
    expect(await orders(world)).toEqual([]);
    expect(await logIds(pool)).toEqual([]);
  });

  test('F3.5: what transact() runs commits with its messages or without them, also when they are written last', async () => {
    const world = await withOrders(version);
    const { pool, store } = world;
    const outbox = new Outbox({ store, transactions: new PgTransactTransactions(), source: '/test' });
    const work = (id: string, end: () => void) =>
      transact(pool, async (tx) => {
        await outbox.send(tx, complete({ id, key: 'k' }));
        await tx.query('insert into orders values ($1)', [id]);
        await outbox.send(tx, complete({ id: `${id} too`, key: 'k' }));
        end();
      });
    await work('a', () => {});
    await expect(
      work('b', () => {
        throw failed;
      }),
    ).rejects.toBe(failed);
    await expect(work('a', () => {})).rejects.toMatchObject({ code: '23505' });
    expect(await orders(world)).toEqual(['a']);
    expect(await logIds(pool)).toEqual(['a', 'a too']);
  });

  test('F3.5: a handle that is not in a transaction is refused', async () => {
    const { pool, outbox } = await withOrders(version);
    const client = await pool.connect();
    await expect(outbox.send(client, complete({}))).rejects.toMatchObject({ code: 'ERR_SQL_NOT_IN_TRANSACTION' });
    client.release();
    await expect(outbox.send(pool as never, complete({}))).rejects.toMatchObject({
      code: 'ERR_SQL_NOT_IN_TRANSACTION',
    });
  });

  test.each(['answered by nobody', 'never sent'] as const)(
    'F3.4, F3.7: when a COMMIT is %s, order and message are there together or neither, and a retry gives one order',
    async (kind) => {
      const world = await withOrders(version);
      const proxy = await FaultProxy.listen({ host: '127.0.0.1', port: Number(new URL(world.url).port) });
      const pool = new pg.Pool({ connectionString: proxy.through(world.url), max: 1 });
      pool.on('error', () => {});
      onTestFinished(async () => {
        await pool.end();
        await proxy.close();
      });
      const outbox = new Outbox({ store: world.store, transactions: new PgTransactTransactions(), source: '/test' });
      const attempt = (fault: () => unknown) =>
        transact(pool, async (tx) => {
          const { rowCount } = await tx.query("insert into orders values ('order 1') on conflict do nothing");
          if (rowCount > 0) await outbox.send(tx, complete({ id: 'order 1', key: 'order 1' }));
          fault();
        });
      let acted: Promise<void> = Promise.resolve();
      const fault =
        kind === 'never sent'
          ? () => proxy.reset()
          : () => {
              acted = proxy.when({ direction: 'up', bytes: 'commit', fault: 'cut' });
            };
      const outcome = await attempt(fault).then(
        () => 'committed',
        (error) => error.code,
      );
      await acted;
      expect(outcome).toMatch(/ERR_SQL_COMMIT_UNKNOWN|ERR_SQL_UNAVAILABLE/);
      const isThere = kind === 'answered by nobody' ? ['order 1'] : [];
      expect(await orders(world)).toEqual(isThere);
      expect(await logIds(world.pool)).toEqual(isThere);
      proxy.heal();
      await attempt(() => {});
      await attempt(() => {});
      expect(await orders(world)).toEqual(['order 1']);
      expect(await logIds(world.pool)).toEqual(['order 1']);
      await world.relayOf().runOnce();
      expect(world.publisher.ids).toEqual(['order 1']);
    },
  );

  test('F3.9: a database without the outbox tables is refused at start, with the missing migration named', async () => {
    const db = await postgresTestDatabase(version);
    onTestFinished(() => db.drop());
    const { database, names } = db;
    await new Migrator({ database, names, sets: [postgresLeaseMigrations] }).up();
    const check = () => new Migrator({ database, names, sets }).check();
    await expect(check()).rejects.toMatchObject({
      code: 'ERR_SQL_SCHEMA_MISMATCH',
      missing: [
        { set: 'outbox', number: 1 },
        { set: 'outbox', number: 2 },
      ],
      message: expect.stringMatching(/Missing: outbox 1 ".+"/),
    });
    await new Migrator({ database, names, sets }).up();
    await check();
    await db.pool.query("update holdfast_migrations set checksum = 'another'");
    await expect(check()).rejects.toMatchObject({
      drifted: expect.arrayContaining([expect.objectContaining({ number: 1 })]),
    });
  });

  test('migrations can be taken back and applied again', async () => {
    const { database, names, send, pool } = await postgresOutbox(version);
    const migrator = new Migrator({ database, names, sets });
    await send({}, {});
    await migrator.down({ set: 'outbox', to: 0 });
    const left = await pool.query("select relname from pg_class where relname like 'holdfast_outbox%'");
    expect(left.rows).toEqual([]);
    await migrator.up();
    await send({});
  });

  test('two outboxes in one database, by schema and prefix, do not see each other', async () => {
    const world = await postgresOutbox(version);
    await world.pool.query('create schema "other"');
    const names = new TableNames({ schema: 'other', prefix: 'mine' });
    await new Migrator({ database: world.database, names, sets }).up();
    await world.send({ id: 'first' });
    const { rows } = await world.pool.query('select * from other.mine_outbox_log');
    expect(rows).toEqual([]);
  });
});

function executorOf(client: pg.PoolClient) {
  return {
    execute: async ({ text, values }: { readonly text: string; readonly values: readonly unknown[] }) => {
      const { rows, rowCount } = await client.query(text, [...values]);
      return { rows, rowCount: rowCount ?? 0 };
    },
  };
}

test('SQLite, F3.5: an order and its message exist together or not at all, however the transaction ends', async () => {
  const db = sqliteTestDatabase();
  onTestFinished(() => db.drop());
  const { database, names, handle } = db;
  await new Migrator({ database, names, sets: [sqliteLeaseMigrations, sqliteOutboxMigrations] }).up();
  const store = new SqliteOutboxStore({ database, names });
  const outbox = new SyncOutbox({ store, transactions: new BetterSqlite3Transactions(), source: '/test' });
  handle.exec('create table orders (id text primary key)');
  const place = handle.transaction((id: string, fail: boolean) => {
    handle.prepare('insert into orders values (?)').run(id);
    outbox.send(handle, complete({ id, key: id }));
    if (fail) throw failed;
  });
  place('committed', false);
  expect(() => place('failed after send', true)).toThrow(failed);
  handle.transaction(() => {
    place('kept', false);
    // A nested transaction of better-sqlite3 is a savepoint.
    expect(() => place('rolled back to savepoint', true)).toThrow(failed);
  })();
  expect(() => outbox.send(handle, complete({}))).toThrow(
    expect.objectContaining({ code: 'ERR_SQL_NOT_IN_TRANSACTION' }),
  );
  const ids = (text: string) => (handle.prepare(text).all() as { id: string }[]).map((row) => row.id);
  expect(ids('select id from orders order by id')).toEqual(['committed', 'kept']);
  expect(ids('select id from holdfast_outbox_log order by position')).toEqual(['committed', 'kept']);
});
