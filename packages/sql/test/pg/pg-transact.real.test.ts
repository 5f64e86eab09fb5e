import {
  CommitUnknownError,
  DatabaseUnavailableError,
  hasCommitHooks,
  isRetryableTransactionError,
  NotInTransactionError,
  type SqlStatement,
  TransactionAbortedError,
} from '@holdfast/sql';
import { type PgTransaction, PgTransactTransactions, type TransactOptions, transact } from '@holdfast/sql/pg';
import pg from 'pg';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { insertOrder, orderIds, proxiedPostgres } from './proxied-postgres.ts';

const modes = [
  [15, false],
  [15, true],
  [18, false],
  [18, true],
] as const;

const one: SqlStatement = { text: 'select 1', values: [] };
const failing: SqlStatement = { text: 'select 1/0', values: [] };

describe.each(modes)('transact on PostgreSQL %i, pipelined: %s', (version, pipeline) => {
  test('commits what the work wrote, by whichever way, and gives its result', async () => {
    const { proxied, pool } = await proxiedPostgres(version, { pipeline });
    const result = await transact(proxied, async (tx) => {
      await tx.execute(insertOrder('o1'));
      await tx.query('insert into orders values ($1)', ['o2']);
      await tx.client.query({ text: 'insert into orders values ($1)', values: ['o3'] });
      return 42;
    });
    expect(result).toBe(42);
    expect(await orderIds(pool)).toEqual(['o1', 'o2', 'o3']);
  });

  test('rolls back everything when the work rejects, also what nobody waited for', async () => {
    const { proxied, pool } = await proxiedPostgres(version, { pipeline });
    const error = new Error('no');
    const work = async (tx: PgTransaction) => {
      void tx.execute(insertOrder('o1'));
      throw error;
    };
    await expect(transact(proxied, work)).rejects.toBe(error);
    expect(await orderIds(pool)).toEqual([]);
    await vi.waitFor(() => expect(proxied.idleCount).toBe(1));
  });

  test('statements of the hooks run last, in order, and commit with the work', async () => {
    const { proxied, pool } = await proxiedPostgres(version, { pipeline });
    await pool.query('create table log (n serial, what text)');
    const log = (what: string) => ({ text: 'insert into log (what) values ($1)', values: [what] });
    await transact(proxied, async (tx) => {
      tx.beforeCommit(() => [log('hook 1a'), log('hook 1b')]);
      tx.beforeCommit(() => [log('hook 2')]);
      await tx.execute(log('work'));
    });
    const { rows } = await pool.query('select what from log order by n');
    expect(rows.map((row) => row.what)).toEqual(['work', 'hook 1a', 'hook 1b', 'hook 2']);
  });

  test('a hook is called after the work, so that it sees what the work collected', async () => {
    const { proxied, pool } = await proxiedPostgres(version, { pipeline });
    await transact(proxied, async (tx) => {
      const collected: SqlStatement[] = [];
      tx.beforeCommit(() => collected);
      await tx.execute(one);
      collected.push(insertOrder('late'));
    });
    expect(await orderIds(pool)).toEqual(['late']);
  });

  const failures: readonly (readonly [string, SqlStatement])[] = [
    ['an error of the server', failing],
    ['a constraint', insertOrder('o1')],
    ['a value that the driver cannot encode', { text: 'select $1', values: [circular()] }],
    ['a prepared name that stands for another text', { text: 'select 2', values: [], name: 'taken' }],
    ['values that are no array', { text: 'select $1', values: 'x' as unknown as unknown[] }],
  ];

  test.each(failures)('a hook statement that fails rolls everything back: %s', async (_what, statement) => {
    const { proxied, pool } = await proxiedPostgres(version, { pipeline });
    const committed = vi.fn();
    const work = async (tx: PgTransaction) => {
      await tx.execute({ text: 'select 1', values: [], name: 'taken' });
      await tx.execute(insertOrder('o1'));
      tx.beforeCommit(() => [insertOrder('o2'), statement, insertOrder('o3')]);
      tx.onCommitted(committed);
    };
    const error = await transact(proxied, work).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(CommitUnknownError);
    expect(await orderIds(pool)).toEqual([]);
    expect(committed).not.toHaveBeenCalled();
    expect(await transact(proxied, (tx) => tx.execute(one))).toMatchObject({ rowCount: 1 });
  });

  test('a hook that throws rolls everything back, with its error', async () => {
    const { proxied, pool } = await proxiedPostgres(version, { pipeline });
    const error = new Error('cannot encode');
    const work = async (tx: PgTransaction) => {
      await tx.execute(insertOrder('o1'));
      tx.beforeCommit(() => {
        throw error;
      });
    };
    await expect(transact(proxied, work)).rejects.toBe(error);
    expect(await orderIds(pool)).toEqual([]);
  });

  test('onCommitted is called once it is committed, in order, and not when it is rolled back', async () => {
    const { proxied, pool } = await proxiedPostgres(version, { pipeline });
    const seen: string[] = [];
    await transact(proxied, async (tx) => {
      tx.onCommitted(() => seen.push('first'));
      tx.onCommitted(() => seen.push('second'));
      await tx.execute(insertOrder('o1'));
      expect(seen).toEqual([]);
    });
    expect(seen).toEqual(['first', 'second']);
    expect(await orderIds(pool)).toEqual(['o1']);
    const work = async (tx: PgTransaction) => {
      tx.onCommitted(() => seen.push('never'));
      await tx.execute(failing);
    };
    await expect(transact(proxied, work)).rejects.toThrow('division by zero');
    expect(seen).toEqual(['first', 'second']);
  });

  test('what onCommitted throws is a process warning: the commit stands, and the other callbacks are called', async () => {
    const { proxied } = await proxiedPostgres(version, { pipeline });
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    onTestFinished(() => warned.mockRestore());
    const after = vi.fn();
    await transact(proxied, async (tx) => {
      tx.onCommitted(() => {
        throw new Error('nudge failed');
      });
      tx.onCommitted(after);
    });
    expect(after).toHaveBeenCalledOnce();
    expect(warned.mock.calls).toEqual([
      ['Error: nudge failed', { type: 'HoldfastWarning', code: 'HOLDFAST_ON_COMMITTED' }],
    ]);
  });

  test('an error that the work swallowed rejects: PostgreSQL answers COMMIT with ROLLBACK', async () => {
    const { proxied, pool } = await proxiedPostgres(version, { pipeline });
    const work = async (tx: PgTransaction) => {
      await tx.execute(insertOrder('o1'));
      await tx.execute(failing).catch(() => 'swallowed');
    };
    const error = await transact(proxied, work).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TransactionAbortedError);
    expect((error as Error).cause).toMatchObject({ code: '22012' });
    expect(await orderIds(pool)).toEqual([]);
  });

  test('F3.7: cut after COMMIT was sent, it rejects as unknown, onCommitted is silent, and all of it was committed', async () => {
    const { proxied, pool, proxy } = await proxiedPostgres(version, { pipeline });
    const cut = proxy.when({ direction: 'up', bytes: 'commit\0', fault: 'cut' });
    const committed = vi.fn();
    const work = async (tx: PgTransaction) => {
      await tx.execute(insertOrder('o1'));
      tx.beforeCommit(() => [insertOrder('o2')]);
      tx.onCommitted(committed);
    };
    await expect(transact(proxied, work, { retry: {} })).rejects.toThrow(CommitUnknownError);
    await cut;
    await vi.waitFor(async () => expect(await orderIds(pool)).toEqual(['o1', 'o2']));
    expect(committed).not.toHaveBeenCalled();
  });

  test('F3.7: a COMMIT that never reaches the server rejects as unknown too, and nothing of it is there', async () => {
    const { proxied, pool, proxy } = await proxiedPostgres(version, { pipeline });
    const work = async (tx: PgTransaction) => {
      await tx.execute(insertOrder('o1'));
      proxy.silence();
    };
    await expect(transact(proxied, work, { statementTimeoutMs: 200 })).rejects.toThrow(CommitUnknownError);
    proxy.heal();
    expect(await orderIds(pool)).toEqual([]);
  });

  test('F3.4: a connection lost before COMMIT is retried when asked for, and the work is done once', async () => {
    const { proxied, pool, proxy } = await proxiedPostgres(version, { pipeline });
    let runs = 0;
    const work = async (tx: PgTransaction) => {
      runs += 1;
      await tx.execute(insertOrder('o1'));
      if (runs === 1) {
        proxy.reset();
        await tx.execute(one);
      }
    };
    await expect(transact(proxied, work)).rejects.toThrow(DatabaseUnavailableError);
    runs = 0;
    await transact(proxied, work, { retry: { baseDelayMs: 1 } });
    expect(runs).toBe(2);
    expect(await orderIds(pool)).toEqual(['o1']);
  });

  test('F3.3: of two serializable transactions that conflict one is retried when asked for', async () => {
    const { proxied, pool } = await proxiedPostgres(version, { pipeline });
    await pool.query("create table stock (sku text primary key, n int); insert into stock values ('a', 10)");
    const options: TransactOptions = { isolationLevel: 'serializable', retry: { attempts: 20, baseDelayMs: 5 } };
    let runs = 0;
    const take = () =>
      transact(
        proxied,
        async (tx) => {
          runs += 1;
          const { rows } = await tx.query("select n from stock where sku = 'a'");
          await tx.query("update stock set n = $1 where sku = 'a'", [Number(rows[0]!['n']) - 1]);
        },
        options,
      );
    await Promise.all(Array.from({ length: 6 }, take));
    expect((await pool.query('select n from stock')).rows).toEqual([{ n: 4 }]);
    expect(runs).toBeGreaterThan(6);
  });

  test('F3.3: of two transactions in a deadlock one is retried when asked for', async () => {
    const { proxied, pool } = await proxiedPostgres(version, { pipeline });
    await pool.query("create table stock (sku text primary key, n int); insert into stock values ('a', 0), ('b', 0)");
    let runs = 0;
    let locked = 0;
    const both = Promise.withResolvers<void>();
    const move = (first: string, second: string) =>
      transact(
        proxied,
        async (tx) => {
          runs += 1;
          await tx.query('update stock set n = n + 1 where sku = $1', [first]);
          locked += 1;
          if (locked === 2) {
            both.resolve();
          }
          await both.promise;
          await tx.query('update stock set n = n + 1 where sku = $1', [second]);
        },
        { retry: { baseDelayMs: 1 } },
      );
    await Promise.all([move('a', 'b'), move('b', 'a')]);
    // The one that is retried may be faster than the one that it made way for.
    expect(runs).toBeGreaterThan(2);
    expect((await pool.query('select n from stock')).rows).toEqual([{ n: 2 }, { n: 2 }]);
  });

  test('without retry a conflict is thrown as the driver made it', async () => {
    const { proxied, pool } = await proxiedPostgres(version, { pipeline });
    await pool.query("create table stock (sku text primary key, n int); insert into stock values ('a', 1)");
    const work = async (tx: PgTransaction) => {
      await tx.query('select n from stock');
      await pool.query('update stock set n = 2');
      await tx.query('update stock set n = 3');
    };
    const error = await transact(proxied, work, { isolationLevel: 'repeatable read' }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: '40001' });
    expect(isRetryableTransactionError(error)).toBe(true);
  });

  test.each(['read committed', 'repeatable read', 'serializable'] as const)(
    'the isolation level is that of the option: %s',
    async (isolationLevel) => {
      const { proxied } = await proxiedPostgres(version, { pipeline });
      const { rows } = await transact(proxied, (tx) => tx.query('show transaction_isolation'), { isolationLevel });
      expect(rows).toEqual([{ transaction_isolation: isolationLevel }]);
    },
  );

  test('an option that is no isolation level reaches no server', async () => {
    const { proxied, proxy } = await proxiedPostgres(version, { pipeline });
    const options = { isolationLevel: 'serializable; drop table orders' } as unknown as TransactOptions;
    await expect(transact(proxied, (tx) => tx.execute(one), options)).rejects.toThrow('isolationLevel');
    await expect(
      transact(proxied, (tx) => tx.execute(one), { isolationLevel: 'constructor' as never }),
    ).rejects.toThrow('isolationLevel');
    expect(proxy.roundTrips).toBe(0);
  });

  test('the adapter takes the transaction while it is open, and refuses everything else', async () => {
    const { proxied, pool } = await proxiedPostgres(version, { pipeline });
    const transactions = new PgTransactTransactions();
    let kept: PgTransaction | undefined;
    await transact(proxied, async (tx) => {
      kept = tx;
      const executor = transactions.executor(tx);
      expect(hasCommitHooks(executor)).toBe(true);
      await executor.execute(insertOrder('o1'));
      expect(() => transactions.executor(tx.client as unknown as PgTransaction)).toThrow(NotInTransactionError);
    });
    expect(() => transactions.executor(kept!)).toThrow(/a transaction that has ended/);
    expect(() => kept!.beforeCommit(() => [])).toThrow(NotInTransactionError);
    expect(() => kept!.onCommitted(() => {})).toThrow(NotInTransactionError);
    await expect(kept!.execute(insertOrder('o2'))).rejects.toThrow(NotInTransactionError);
    expect(() => transactions.executor(proxied as unknown as PgTransaction)).toThrow(/was given a pg Pool/);
    expect(() => transactions.executor(undefined as unknown as PgTransaction)).toThrow(/was given undefined/);
    expect(await orderIds(pool)).toEqual(['o1']);
  });
});

describe('transact', () => {
  test('BEGIN goes with the first statement and COMMIT with the last when pipelined: two round trips, not four', async () => {
    const trips = async (pipeline: boolean) => {
      const { proxied, pool, proxy } = await proxiedPostgres(18, { pipeline });
      await transact(proxied, (tx) => tx.execute(one));
      proxy.delay(20);
      const before = proxy.roundTrips;
      await transact(proxied, async (tx) => {
        tx.beforeCommit(() => [insertOrder('o2')]);
        await tx.execute(insertOrder('o1'));
      });
      expect(await orderIds(pool)).toEqual(['o1', 'o2']);
      return proxy.roundTrips - before;
    };
    expect(await trips(true)).toBe(2);
    expect(await trips(false)).toBe(4);
  });

  test('a pool that nobody listens to survives the loss of a client in a transaction', async () => {
    const { proxiedUrl, proxy } = await proxiedPostgres(18);
    const pool = new pg.Pool({ connectionString: proxiedUrl, max: 1 });
    onTestFinished(() => pool.end());
    const work = async (tx: PgTransaction) => {
      await tx.execute(one);
      proxy.reset();
      await vi.waitFor(() => expect(proxy.connections).toBe(0));
      await tx.execute(one);
    };
    await expect(transact(pool, work)).rejects.toThrow(DatabaseUnavailableError);
    expect(await transact(pool, (tx) => tx.execute(one))).toMatchObject({ rowCount: 1 });
  });
});

function circular(): object {
  const value: { self?: unknown } = {};
  value.self = value;
  return value;
}
