import { NotInTransactionError } from '@holdfast/sql';
import { type KyselyTransactionLike, KyselyTransactions } from '@holdfast/sql/kysely';
import { sqliteTestDatabase } from '@holdfast/sql/testing';
import { CamelCasePlugin, Kysely, SqliteDialect } from 'kysely';
import { describe, expect, onTestFinished, test } from 'vitest';

interface Schema {
  orders: { id: string; body: Uint8Array | null; n: bigint | number | null };
}

const transactions = new KyselyTransactions({ dialect: 'sqlite' });

function openKysely() {
  const { file, open, drop } = sqliteTestDatabase();
  const outside = open();
  outside.exec('create table orders (id text primary key, body blob, n integer)');
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database: open() }) });
  onTestFinished(async () => {
    await db.destroy();
    drop();
  });
  const ids = () => outside.prepare('select id from orders order by id').pluck().all();
  return { db, ids, file };
}

function insertOrder(id: string) {
  return { text: 'insert into orders (id) values (?1)', values: [id] };
}

describe('KyselyTransactions on SQLite', () => {
  test('a statement commits with the transaction it was executed in', async () => {
    const { db, ids } = openKysely();
    await db.transaction().execute(async (tx) => {
      await tx.insertInto('orders').values({ id: 'theirs', body: null, n: null }).execute();
      expect(await transactions.executor(tx).execute(insertOrder('ours'))).toEqual({ rows: [], rowCount: 1 });
      expect(ids()).toEqual([]);
    });
    expect(ids()).toEqual(['ours', 'theirs']);
  });

  test('a statement is rolled back with the transaction it was executed in', async () => {
    const { db, ids } = openKysely();
    const error = new Error('no');
    const rolledBack = db.transaction().execute(async (tx) => {
      await transactions.executor(tx).execute(insertOrder('ours'));
      throw error;
    });
    await expect(rolledBack).rejects.toBe(error);
    expect(ids()).toEqual([]);
  });

  test('a controlled transaction works too, until it has ended', async () => {
    const { db, ids } = openKysely();
    const tx = await db.startTransaction().execute();
    await transactions.executor(tx).execute(insertOrder('ours'));
    const kept = transactions.executor(tx);
    await tx.commit().execute();
    expect(ids()).toEqual(['ours']);
    expect(() => transactions.executor(tx)).toThrow('a Kysely transaction that has ended');
    await expect(kept.execute(insertOrder('late'))).rejects.toThrow(NotInTransactionError);
    const other = await db.startTransaction().execute();
    await other.rollback().execute();
    expect(() => transactions.executor(other)).toThrow(NotInTransactionError);
    expect(ids()).toEqual(['ours']);
  });

  test('a transaction that was kept beyond its callback is refused', async () => {
    const { db, ids } = openKysely();
    let kept: KyselyTransactionLike | undefined;
    await db.transaction().execute(async (tx) => {
      kept = tx;
    });
    await expect(async () => transactions.executor(kept!).execute(insertOrder('late'))).rejects.toThrow(
      'a Kysely transaction that has ended',
    );
    expect(ids()).toEqual([]);
  });

  test('bytes and integers beyond 2^53 are stored exactly, and placeholders may repeat', async () => {
    const { db } = openKysely();
    await db.transaction().execute(async (tx) => {
      const executor = transactions.executor(tx);
      await executor.execute({
        text: 'insert into orders (n, id, body) values (?3, ?1, ?2)',
        values: ['o1', new Uint8Array([0, 255]), 9_007_199_254_740_993n],
      });
      const { rows, rowCount } = await executor.execute({
        text: 'select body, cast(n as text) as n, ?1 as again from orders where id = ?1',
        values: ['o1'],
      });
      expect(rows).toEqual([{ body: Buffer.from([0, 255]), n: '9007199254740993', again: 'o1' }]);
      expect(rowCount).toBe(1);
    });
  });

  test("plugins of the user's instance do not touch our rows", async () => {
    const { db } = openKysely();
    await db
      .withPlugin(new CamelCasePlugin())
      .transaction()
      .execute(async (tx) => {
        const { rows } = await transactions.executor(tx).execute({ text: 'select 1 as fencing_token', values: [] });
        expect(rows).toEqual([{ fencing_token: 1 }]);
      });
  });

  test('changed rows are counted', async () => {
    const { db } = openKysely();
    await db.transaction().execute(async (tx) => {
      const executor = transactions.executor(tx);
      await executor.execute(insertOrder('o1'));
      await executor.execute(insertOrder('o2'));
      expect(await executor.execute({ text: 'update orders set n = 1', values: [] })).toEqual({
        rows: [],
        rowCount: 2,
      });
    });
  });

  test('a Kysely instance outside of a transaction is refused, and nothing is written', () => {
    const { db, ids } = openKysely();
    expect(() => transactions.executor(db as unknown as KyselyTransactionLike)).toThrow(
      /a Kysely instance outside of a transaction: pass the "tx"/,
    );
    expect(ids()).toEqual([]);
  });

  test('a connection of an instance is refused: it is in no transaction', async () => {
    const { db } = openKysely();
    await db.connection().execute(async (connection) => {
      expect(() => transactions.executor(connection as unknown as KyselyTransactionLike)).toThrow(
        NotInTransactionError,
      );
    });
  });

  test.each([undefined, null, {}, 'tx'])('what is no Kysely at all is refused: %o', (handle) => {
    expect(() => transactions.executor(handle as unknown as KyselyTransactionLike)).toThrow(NotInTransactionError);
  });

  test('the dialect must be one that we speak', () => {
    expect(() => new KyselyTransactions({ dialect: 'mysql' as 'sqlite' })).toThrow('dialect');
  });
});
