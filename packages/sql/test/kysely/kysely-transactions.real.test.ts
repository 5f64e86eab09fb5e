import { NotInTransactionError } from '@holdfast/sql';
import { type KyselyTransactionLike, KyselyTransactions } from '@holdfast/sql/kysely';
import { type PostgresTestDatabase, postgresTestDatabase } from '@holdfast/sql/testing';
import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

interface Schema {
  orders: { id: string; body: Uint8Array | null };
}

const transactions = new KyselyTransactions({ dialect: 'postgresql' });

describe.each([
  [15, false],
  [18, false],
  [18, true],
] as const)('KyselyTransactions on PostgreSQL %i, pipelined: %s', (version, pipeline) => {
  let postgres: PostgresTestDatabase;
  let db: Kysely<Schema>;

  beforeAll(async () => {
    postgres = await postgresTestDatabase(version);
    await postgres.pool.query('create table orders (id text primary key, body bytea)');
    db = new Kysely<Schema>({
      dialect: new PostgresDialect({ pool: postgres.openPool({ pipeline }) }),
    });
  });
  beforeEach(() => postgres.pool.query('truncate orders'));
  afterAll(async () => {
    await db.destroy();
    await postgres.drop();
  });

  const insertOrder = (id: string) => ({ text: 'insert into orders (id) values ($1)', values: [id] });

  async function ids() {
    const { rows } = await postgres.pool.query('select id from orders order by id');
    return rows.map((row) => row.id);
  }

  test('a statement commits with the transaction it was executed in', async () => {
    await db.transaction().execute(async (tx) => {
      await tx.insertInto('orders').values({ id: 'theirs', body: null }).execute();
      expect(await transactions.executor(tx).execute(insertOrder('ours'))).toEqual({ rows: [], rowCount: 1 });
      expect(await ids()).toEqual([]);
    });
    expect(await ids()).toEqual(['ours', 'theirs']);
  });

  test('a statement is rolled back with the transaction it was executed in', async () => {
    const error = new Error('no');
    const rolledBack = db.transaction().execute(async (tx) => {
      await transactions.executor(tx).execute(insertOrder('ours'));
      throw error;
    });
    await expect(rolledBack).rejects.toBe(error);
    expect(await ids()).toEqual([]);
  });

  test('a controlled transaction works too, with savepoints, until it has ended', async () => {
    const tx = await db.startTransaction().execute();
    await transactions.executor(tx).execute(insertOrder('kept'));
    const inner = await tx.savepoint('inner').execute();
    await transactions.executor(inner).execute(insertOrder('undone'));
    await inner.rollbackToSavepoint('inner').execute();
    await tx.commit().execute();
    expect(() => transactions.executor(tx)).toThrow('a Kysely transaction that has ended');
    expect(await ids()).toEqual(['kept']);
  });

  test('a transaction that was kept beyond its callback is refused', async () => {
    let kept: KyselyTransactionLike | undefined;
    await db.transaction().execute(async (tx) => {
      kept = tx;
    });
    await expect(async () => transactions.executor(kept!).execute(insertOrder('late'))).rejects.toThrow(
      NotInTransactionError,
    );
    expect(await ids()).toEqual([]);
  });

  test("bytes arrive as bytes, rows keep their names, and plugins of the user's instance do not touch them", async () => {
    await db
      .withPlugin(new CamelCasePlugin())
      .transaction()
      .execute(async (tx) => {
        const { rows, rowCount } = await transactions.executor(tx).execute({
          text: 'select $1::bytea as some_bytes, $2::int8 as fencing_token',
          values: [new Uint8Array([0, 255]), 9_007_199_254_740_993n],
        });
        expect(rows).toEqual([{ some_bytes: Buffer.from([0, 255]), fencing_token: '9007199254740993' }]);
        expect(rowCount).toBe(1);
      });
  });

  test('errors of the server keep their code', async () => {
    const failed = db.transaction().execute(async (tx) => {
      await transactions.executor(tx).execute(insertOrder('o1'));
      await transactions.executor(tx).execute(insertOrder('o1'));
    });
    await expect(failed).rejects.toMatchObject({ code: '23505' });
  });

  test('a Kysely instance outside of a transaction is refused, and nothing is written', async () => {
    expect(() => transactions.executor(db as unknown as KyselyTransactionLike)).toThrow(
      'a Kysely instance outside of a transaction',
    );
    expect(await ids()).toEqual([]);
  });
});
