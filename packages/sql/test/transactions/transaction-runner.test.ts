import type { SqlExecutor } from '@holdfast/sql';
import { NestedTransactionError, NotInTransactionError } from '@holdfast/sql';
import { BetterSqlite3TransactionRunner } from '@holdfast/sql/better-sqlite3';
import { KyselyTransactionRunner } from '@holdfast/sql/kysely';
import { describeTransactionRunner, type RunnerTimeouts, sqliteTestDatabase } from '@holdfast/sql/testing';
import { Kysely, SqliteDialect } from 'kysely';
import { describe, expect, onTestFinished, test } from 'vitest';

function openSqlite() {
  const { open, drop } = sqliteTestDatabase();
  const [inside, outside] = [open(), open()] as const;
  inside.pragma('busy_timeout = 50');
  outside.pragma('busy_timeout = 50');
  const direct: SqlExecutor = {
    execute: async ({ text, values }) => {
      const statement = outside.prepare(text);
      const bound = values.length > 0 ? [Object.fromEntries(values.map((value, index) => [index + 1, value]))] : [];
      if (!statement.reader) {
        return { rows: [], rowCount: statement.run(...bound).changes };
      }
      const rows = statement.all(...bound) as Record<string, unknown>[];
      return { rows, rowCount: rows.length };
    },
  };
  return { inside, outside: direct, drop };
}

describeTransactionRunner(
  'better-sqlite3',
  {
    dialect: 'sqlite',
    connections: 1,
    open: async ({ connectTimeoutMs }: RunnerTimeouts) => {
      const { inside, outside, drop } = openSqlite();
      const options = connectTimeoutMs === undefined ? {} : { connectTimeoutMs };
      return { runner: new BetterSqlite3TransactionRunner(inside, options), outside, close: async () => drop() };
    },
  },
  { describe, test },
);

describeTransactionRunner(
  'Kysely on SQLite',
  {
    dialect: 'sqlite',
    connections: 1,
    open: async (timeouts: RunnerTimeouts) => {
      const { inside, outside, drop } = openSqlite();
      const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database: inside }) });
      return {
        runner: new KyselyTransactionRunner(db, { dialect: 'sqlite', ...timeouts }),
        outside,
        close: async () => {
          await db.destroy();
          drop();
        },
      };
    },
  },
  { describe, test },
);

describe('BetterSqlite3TransactionRunner', () => {
  function openRunner() {
    const { inside, drop } = openSqlite();
    onTestFinished(() => drop());
    inside.exec('create table orders (id integer primary key)');
    return { handle: inside, runner: new BetterSqlite3TransactionRunner(inside) };
  }

  test("refuses a handle that is inside of somebody else's transaction, and works again after that", async () => {
    const { handle, runner } = openRunner();
    handle.exec('begin');
    await expect(runner.transaction(async () => {})).rejects.toThrow(NestedTransactionError);
    await expect(runner.execute({ text: 'select 1', values: [] })).rejects.toThrow(NestedTransactionError);
    handle.exec('rollback');
    expect(await runner.execute({ text: 'select 1 as one', values: [] })).toEqual({ rows: [{ one: 1n }], rowCount: 1 });
  });

  test('the handle that the work gets is the one it was made with, and its statements are in the transaction', async () => {
    const { handle, runner } = openRunner();
    const error = new Error('no');
    const failed = runner.transaction(async (tx) => {
      expect(tx).toBe(handle);
      tx.prepare('insert into orders (id) values (1)').run();
      throw error;
    });
    await expect(failed).rejects.toBe(error);
    expect(handle.prepare('select count(*) as n from orders').get()).toEqual({ n: 0 });
  });

  test('code outside of the work is refused while a transaction is open: it would write into it', async () => {
    const { handle, runner } = openRunner();
    const go = Promise.withResolvers<void>();
    const open = Promise.withResolvers<void>();
    const running = runner.transaction(async () => {
      open.resolve();
      await go.promise;
    });
    await open.promise;
    expect(() => runner.executor(handle)).toThrow(NotInTransactionError);
    go.resolve();
    await running;
  });

  test('the wait for a turn must be a whole number of milliseconds', () => {
    const { handle } = openRunner();
    expect(() => new BetterSqlite3TransactionRunner(handle, { connectTimeoutMs: 0 })).toThrow('connectTimeoutMs');
  });
});
