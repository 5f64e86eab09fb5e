import { NotInTransactionError } from '@holdfast/sql';
import { type PgClientLike, PgTransactions } from '@holdfast/sql/pg';
import { type PostgresTestDatabase, postgresTestDatabase } from '@holdfast/sql/testing';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { insertOrder, orderIds } from './proxied-postgres.ts';

const transactions = new PgTransactions();

/** A client as pg had it before 8.17, or as a compatible driver has it. */
function withoutStatus(client: PgClientLike): PgClientLike {
  return { query: (config) => client.query(config) };
}

describe.each([15, 18] as const)('PgTransactions on PostgreSQL %i', (version) => {
  let postgres: PostgresTestDatabase;

  beforeAll(async () => {
    postgres = await postgresTestDatabase(version);
    await postgres.pool.query('create table orders (id text primary key)');
  });
  beforeEach(() => postgres.pool.query('truncate orders'));
  afterAll(() => postgres.drop());

  async function openClient(options: { readonly pipeline?: boolean } = {}): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: postgres.url, ...options });
    await client.connect();
    onTestFinished(() => client.end());
    return client;
  }

  async function openPoolClient(): Promise<pg.PoolClient> {
    const client = await postgres.pool.connect();
    onTestFinished(() => client.release(true));
    return client;
  }

  const kinds: readonly (readonly [string, () => Promise<pg.Client>, (client: pg.Client) => PgClientLike])[] = [
    ['a client', () => openClient(), (client) => client],
    ['a pipelined client', () => openClient({ pipeline: true }), (client) => client],
    ['a client of a pool', openPoolClient, (client) => client],
    ['a client that does not know its transaction status', () => openClient(), withoutStatus],
  ];

  describe.each(kinds)('%s', (_kind, open, handle) => {
    test('a statement commits with the transaction it was executed in', async () => {
      const client = await open();
      await client.query('begin');
      const result = await transactions.executor(handle(client)).execute(insertOrder('o1'));
      expect(result).toEqual({ rows: [], rowCount: 1 });
      expect(await orderIds(postgres.pool)).toEqual([]);
      await client.query('commit');
      expect(await orderIds(postgres.pool)).toEqual(['o1']);
    });

    test('a statement is rolled back with the transaction it was executed in', async () => {
      const client = await open();
      await client.query('begin');
      await transactions.executor(handle(client)).execute(insertOrder('o1'));
      await client.query('rollback');
      expect(await orderIds(postgres.pool)).toEqual([]);
    });

    test('rows come back with their values, and named statements are prepared once', async () => {
      const client = await open();
      await client.query('begin');
      const executor = transactions.executor(handle(client));
      const statement = {
        name: 'pick',
        text: 'select $1::int8 as n, $2::bytea as b',
        values: [7n, new Uint8Array([0, 255])],
      };
      for (let round = 0; round < 2; round++) {
        expect(await executor.execute(statement)).toEqual({
          rows: [{ n: '7', b: Buffer.from([0, 255]) }],
          rowCount: 1,
        });
      }
      const { rows } = await client.query("select count(*)::int as n from pg_prepared_statements where name = 'pick'");
      expect(rows).toEqual([{ n: 1 }]);
      await client.query('rollback');
    });

    test('outside of a transaction it is refused, and nothing is written', async () => {
      const client = await open();
      const act = async () => transactions.executor(handle(client)).execute(insertOrder('o1'));
      await expect(act()).rejects.toThrow(NotInTransactionError);
      await expect(act()).rejects.toThrow('a pg client outside of a transaction');
      expect(await orderIds(postgres.pool)).toEqual([]);
    });

    test('after COMMIT it is refused again', async () => {
      const client = await open();
      await client.query('begin');
      await client.query('commit');
      await expect(async () => transactions.executor(handle(client)).execute(insertOrder('o1'))).rejects.toThrow(
        NotInTransactionError,
      );
      expect(await orderIds(postgres.pool)).toEqual([]);
    });

    test('in a failed transaction it is refused by a sentence of its own', async () => {
      const client = await open();
      await client.query('begin');
      await expect(client.query('select 1/0')).rejects.toThrow('division by zero');
      await expect(async () => transactions.executor(handle(client)).execute(insertOrder('o1'))).rejects.toThrow(
        /transaction has failed.*run "ROLLBACK"/,
      );
      await client.query('rollback');
    });

    test('errors of the server arrive as the driver made them', async () => {
      const client = await open();
      await client.query('begin');
      const executor = transactions.executor(handle(client));
      await executor.execute(insertOrder('o1'));
      await expect(executor.execute(insertOrder('o1'))).rejects.toMatchObject({ code: '23505', table: 'orders' });
      await client.query('rollback');
    });
  });

  test('a pool is refused by its name', () => {
    expect(() => transactions.executor(postgres.pool as unknown as PgClientLike)).toThrow(
      /was given a pg Pool: run "BEGIN" on a client first and pass that client/,
    );
  });

  test.each([undefined, null, 'tx', {}, new Map()])('what is no client at all is refused: %o', (handle) => {
    expect(() => transactions.executor(handle as unknown as PgClientLike)).toThrow(NotInTransactionError);
  });

  test('a client that was never connected is refused', () => {
    expect(() => transactions.executor(new pg.Client())).toThrow(NotInTransactionError);
  });

  test('a COMMIT that nobody waited for is told afterwards: the statement took effect by itself', async () => {
    const client = await openClient();
    await client.query('begin');
    const executor = transactions.executor(client);
    const committed = client.query('commit');
    await expect(executor.execute(insertOrder('o1'))).rejects.toThrow(/ended before the statement ran/);
    await committed;
  });
});
