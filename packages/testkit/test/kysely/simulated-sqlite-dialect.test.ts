import { CommitUnknownError } from '@holdfast/sql';
import { KyselyTransactionRunner } from '@holdfast/sql/kysely';
import { simulatedSqliteDialect } from '@holdfast/testkit/kysely';
import { type SimulatedSqlite, SqliteTemplate } from '@holdfast/testkit/sqlite';
import { type Generated, Kysely } from 'kysely';
import { expect, test } from 'vitest';
import { inAProcess } from '../sqlite/in-a-process.ts';

interface Tables {
  account: { id: Generated<number>; owner: string };
}

const template = new SqliteTemplate((handle) => {
  handle.exec('create table account (id integer primary key autoincrement, owner text unique)');
});

const kysely = (database: SimulatedSqlite) => new Kysely<Tables>({ dialect: simulatedSqliteDialect(database) });

test('queries give rows, numbers of changed rows, and new ids, as with the dialect for better-sqlite3', async () => {
  await inAProcess(
    async (database) => {
      const db = kysely(database);
      const [inserted] = await db.insertInto('account').values({ owner: 'ann' }).execute();
      expect(inserted).toMatchObject({ insertId: 1n, numInsertedOrUpdatedRows: 1n });
      await expect(db.insertInto('account').values({ owner: 'ann' }).execute()).rejects.toThrow(/UNIQUE/);
      const [changed] = await db.updateTable('account').set({ owner: 'bob' }).execute();
      expect(changed).toMatchObject({ numUpdatedRows: 1n });
      expect(await db.selectFrom('account').selectAll().execute()).toEqual([{ id: 1, owner: 'bob' }]);
      await db.destroy();
    },
    { template },
  );
});

test('a savepoint is rolled back without its transaction', async () => {
  await inAProcess(
    async (database) => {
      const tx = await kysely(database).startTransaction().execute();
      await tx.insertInto('account').values({ owner: 'ann' }).execute();
      const inner = await tx.savepoint('a "b"').execute();
      await inner.insertInto('account').values({ owner: 'bob' }).execute();
      await inner.rollbackToSavepoint('a "b"').execute();
      await tx.commit().execute();
      expect(database.query('select owner from account')).toEqual([{ owner: 'ann' }]);
    },
    { template },
  );
});

test('F3.7: a commit whose answer is lost rejects as unknown and is there; the next transaction has a new connection', async () => {
  // A client is the caller here, whom a lost answer may touch.
  await inAProcess(
    async (database) => {
      const runner = new KyselyTransactionRunner(kysely(database), { dialect: 'sqlite' });
      const open = (owner: string) =>
        runner.transaction(async (tx) => tx.insertInto('account').values({ owner }).execute());
      await expect(open('ann')).rejects.toBeInstanceOf(CommitUnknownError);
      await open('bob');
      expect(database.query('select owner from account order by owner')).toEqual([{ owner: 'ann' }, { owner: 'bob' }]);
    },
    { template, faults: [{ at: 'test/db.commit#1', kind: 'error-after' }] },
  );
});

test('F3.4: a connection that is lost in the middle rolls back', async () => {
  await inAProcess(
    async (database) => {
      const runner = new KyselyTransactionRunner(kysely(database), { dialect: 'sqlite' });
      const open = () => runner.transaction(async (tx) => tx.insertInto('account').values({ owner: 'ann' }).execute());
      await expect(open()).rejects.toThrow(/connection/);
      expect(database.query('select owner from account')).toEqual([]);
      await open();
    },
    { template, faults: [{ at: 'test/db.insert.account#1', kind: 'error-after' }] },
  );
});
