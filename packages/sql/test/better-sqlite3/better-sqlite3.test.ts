import {
  DatabaseBusyError,
  NestedTransactionError,
  NotInTransactionError,
  type SqlStatement,
  type SyncSqlExecutor,
} from '@holdfast/sql';
import {
  AwaitedTransactions,
  BetterSqlite3Database,
  type BetterSqlite3DatabaseLike,
  BetterSqlite3Transactions,
} from '@holdfast/sql/better-sqlite3';
import { sqliteTestDatabase } from '@holdfast/sql/testing';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';

function openSqlite() {
  const sqlite = sqliteTestDatabase();
  onTestFinished(() => sqlite.drop());
  sqlite.handle.exec('create table orders (id text primary key, n integer, body blob)');
  const outside = sqlite.open();
  return { ...sqlite, ids: () => outside.prepare('select id from orders order by id').pluck().all() };
}

function insertOrder(id: string): SqlStatement {
  return { text: 'insert into orders (id) values (?1)', values: [id] };
}

const huge = 9_007_199_254_740_993n;

describe('BetterSqlite3Transactions', () => {
  const transactions = new BetterSqlite3Transactions();

  test('a statement commits with the transaction it was executed in', () => {
    const { handle, ids } = openSqlite();
    handle.transaction(() => {
      handle.prepare("insert into orders (id) values ('theirs')").run();
      expect(transactions.executor(handle).executeSync(insertOrder('ours'))).toEqual({ rows: [], rowCount: 1 });
      expect(ids()).toEqual([]);
    })();
    expect(ids()).toEqual(['ours', 'theirs']);
  });

  test('a statement is rolled back with the transaction it was executed in', () => {
    const { handle, ids } = openSqlite();
    const error = new Error('no');
    const work = handle.transaction(() => {
      transactions.executor(handle).executeSync(insertOrder('ours'));
      throw error;
    });
    expect(work).toThrow(error);
    expect(ids()).toEqual([]);
  });

  test('a handle outside of a transaction is refused, and nothing is written', () => {
    const { handle, ids } = openSqlite();
    expect(() => transactions.executor(handle)).toThrow(
      /a better-sqlite3 handle outside of a transaction: call it inside/,
    );
    expect(ids()).toEqual([]);
  });

  test('an executor that was kept is refused once its transaction has ended', () => {
    const { handle, ids } = openSqlite();
    const kept = handle.transaction(() => transactions.executor(handle))();
    expect(() => kept.executeSync(insertOrder('late'))).toThrow(NotInTransactionError);
    expect(ids()).toEqual([]);
  });

  test.each([undefined, null, {}, 'db'])('what is no handle at all is refused: %o', (handle) => {
    expect(() => transactions.executor(handle as unknown as BetterSqlite3DatabaseLike)).toThrow(NotInTransactionError);
  });

  test('the awaited form has run its statement by the time it returns a promise', async () => {
    const { handle, ids } = openSqlite();
    const awaited = new AwaitedTransactions(transactions);
    expect(() => awaited.executor(handle)).toThrow(NotInTransactionError);
    handle.exec('begin');
    const executed = awaited.executor(handle).execute(insertOrder('ours'));
    handle.exec('commit');
    expect(await executed).toEqual({ rows: [], rowCount: 1 });
    expect(ids()).toEqual(['ours']);
  });
});

describe('BetterSqlite3Database', () => {
  test('a statement is committed by itself', () => {
    const { database, ids } = openSqlite();
    expect(database.executeSync(insertOrder('o1'))).toEqual({ rows: [], rowCount: 1 });
    expect(ids()).toEqual(['o1']);
  });

  test('a transaction commits when its work returns, with its result', () => {
    const { database, ids } = openSqlite();
    const result = database.transaction((tx) => {
      tx.executeSync(insertOrder('o1'));
      expect(ids()).toEqual([]);
      return 'done';
    });
    expect(result).toBe('done');
    expect(ids()).toEqual(['o1']);
  });

  test('a transaction rolls back when its work throws, with the same error', () => {
    const { database, handle, ids } = openSqlite();
    const error = new Error('no');
    const work = (tx: SyncSqlExecutor) => {
      tx.executeSync(insertOrder('o1'));
      throw error;
    };
    expect(() => database.transaction(work)).toThrow(error);
    expect([ids(), handle.inTransaction]).toEqual([[], false]);
  });

  test('work that is asynchronous is refused, and rolled back', () => {
    const { database, handle, ids } = openSqlite();
    const work = async (tx: SyncSqlExecutor) => {
      tx.executeSync(insertOrder('o1'));
    };
    expect(() => database.transaction(work)).toThrow(/must not be asynchronous/);
    expect([ids(), handle.inTransaction]).toEqual([[], false]);
  });

  test('a statement after the end of its transaction is refused', () => {
    const { database, ids } = openSqlite();
    const kept = database.transaction((tx) => tx);
    expect(() => kept.executeSync(insertOrder('late'))).toThrow(NotInTransactionError);
    expect(ids()).toEqual([]);
  });

  test("in somebody else's open transaction nothing is executed", () => {
    const { database, handle, ids } = openSqlite();
    handle.exec('begin');
    expect(() => database.executeSync(insertOrder('o1'))).toThrow(NestedTransactionError);
    expect(() => database.transaction(() => 1)).toThrow(NestedTransactionError);
    handle.exec('commit');
    expect(ids()).toEqual([]);
    expect(() => database.transaction(() => database.transaction(() => 1))).toThrow(NestedTransactionError);
  });

  test('a transaction holds the write lock from its start', () => {
    const { database, file } = openSqlite();
    const other = new Database(file, { timeout: 0 });
    onTestFinished(() => {
      other.close();
    });
    database.transaction(() => {
      expect(() => other.exec("insert into orders (id) values ('theirs')")).toThrow('database is locked');
    });
  });

  test('a write lock that another connection keeps is a busy error with the cause, and nothing is changed', () => {
    const { file, open, ids } = openSqlite();
    const handle = new Database(file, { timeout: 20 });
    onTestFinished(() => {
      handle.close();
    });
    const database = new BetterSqlite3Database(handle);
    const holder = open();
    holder.exec('begin immediate');
    for (const act of [() => database.transaction(() => 1), () => database.executeSync(insertOrder('o1'))]) {
      expect(act).toThrow(DatabaseBusyError);
      expect(act).toThrow(expect.objectContaining({ cause: expect.objectContaining({ code: 'SQLITE_BUSY' }) }));
    }
    holder.exec('commit');
    expect([handle.inTransaction, ids()]).toEqual([false, []]);
    expect(database.transaction(() => 'after')).toBe('after');
  });

  test('a full disk rolls back, and the handle is usable again', () => {
    const { database, handle, ids } = openSqlite();
    handle.pragma('max_page_count = 8');
    const work = (tx: SyncSqlExecutor) => {
      for (let index = 0; index < 100; index++) {
        tx.executeSync({
          text: 'insert into orders (id, body) values (?1, ?2)',
          values: [`o${index}`, Buffer.alloc(4_000)],
        });
      }
    };
    expect(() => database.transaction(work)).toThrow(/full/);
    expect([handle.inTransaction, ids()]).toEqual([false, []]);
    handle.pragma('max_page_count = 10000');
    database.executeSync(insertOrder('o1'));
    expect(ids()).toEqual(['o1']);
  });

  test("our integers come back exactly, while the user's statements keep the handle's setting", () => {
    const { database, handle } = openSqlite();
    database.executeSync({ text: 'insert into orders (id, n) values (?1, ?2)', values: ['o1', huge] });
    expect(database.executeSync({ text: 'select n from orders', values: [] }).rows).toEqual([{ n: huge }]);
    expect(handle.prepare('select 5 as n').all()).toEqual([{ n: 5 }]);
  });

  test.each([false, true])('with defaultSafeIntegers(%s) of the handle it is the same for us', (safe) => {
    const { handle } = openSqlite();
    handle.defaultSafeIntegers(safe);
    const database = new BetterSqlite3Database(handle);
    expect(database.executeSync(insertOrder('o1')).rowCount).toBe(1);
    expect(database.executeSync({ text: 'select 5 as n', values: [] })).toEqual({ rows: [{ n: 5n }], rowCount: 1 });
    expect(handle.prepare('select 5 as n').get()).toEqual({ n: safe ? 5n : 5 });
  });

  test('rows that a write returns are given and counted', () => {
    const { database } = openSqlite();
    const result = database.executeSync({
      text: 'insert into orders (id) values (?1), (?2) returning id',
      values: ['a', 'b'],
    });
    expect(result).toEqual({ rows: [{ id: 'a' }, { id: 'b' }], rowCount: 2 });
  });

  test('more statements than are kept still run, and a changed table is noticed', () => {
    const { database, handle } = openSqlite();
    for (let round = 0; round < 2; round++) {
      for (let index = 0; index < 250; index++) {
        expect(database.executeSync({ text: `select ?1 as c${index}`, values: [index] }).rows).toEqual([
          { [`c${index}`]: index },
        ]);
      }
    }
    const all = { text: 'select * from orders', values: [] };
    database.executeSync(insertOrder('o1'));
    expect(Object.keys(database.executeSync(all).rows[0]!)).toEqual(['id', 'n', 'body']);
    handle.exec('alter table orders add column extra integer');
    expect(Object.keys(database.executeSync(all).rows[0]!)).toEqual(['id', 'n', 'body', 'extra']);
  });

  test('a very long statement runs, with every value in its place', () => {
    const { database, ids } = openSqlite();
    const rows = Array.from({ length: 2_000 }, (_, index) => `o${String(index).padStart(4, '0')}`);
    const text = `insert into orders (id) values ${rows.map((_, index) => `(?${index + 1})`).join(', ')}`;
    expect(database.executeSync({ text, values: rows }).rowCount).toBe(2_000);
    expect(ids()).toEqual(rows);
  });
});
