import {
  CommitUnknownError,
  DatabaseTimeoutError,
  DatabaseUnavailableError,
  NotInTransactionError,
  type SqlExecutor,
  TransactionAbortedError,
} from '@holdfast/sql';
import { PgDatabase } from '@holdfast/sql/pg';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { insertOrder, orderIds, proxiedPostgres } from './proxied-postgres.ts';

const slow = { text: 'select pg_sleep(20)', values: [] };
const one = { text: 'select 1 as one', values: [] };

const modes = [
  [15, false],
  [18, false],
  [18, true],
] as const;

describe.each(modes)('PgDatabase on PostgreSQL %i, pipelined: %s', (version, pipeline) => {
  test('a statement is committed by itself', async () => {
    const { databaseThroughProxy, pool } = await proxiedPostgres(version, { pipeline });
    const database = databaseThroughProxy();
    expect(await database.execute(insertOrder('o1'))).toEqual({ rows: [], rowCount: 1 });
    expect(await database.execute(one)).toEqual({ rows: [{ one: 1 }], rowCount: 1 });
    expect(await orderIds(pool)).toEqual(['o1']);
  });

  test('a transaction commits when its work resolves, with its result', async () => {
    const { databaseThroughProxy, pool } = await proxiedPostgres(version, { pipeline });
    const result = await databaseThroughProxy().transaction(async (tx) => {
      await tx.execute(insertOrder('o1'));
      await tx.execute(insertOrder('o2'));
      expect(await orderIds(pool)).toEqual([]);
      return 'done';
    });
    expect(result).toBe('done');
    expect(await orderIds(pool)).toEqual(['o1', 'o2']);
  });

  test('a transaction rolls back when its work rejects, with the same error, and its client is used again', async () => {
    const { databaseThroughProxy, pool, proxied } = await proxiedPostgres(version, { pipeline });
    const database = databaseThroughProxy();
    const error = new Error('changed my mind');
    const work = async (tx: SqlExecutor) => {
      await tx.execute(insertOrder('o1'));
      throw error;
    };
    await expect(database.transaction(work)).rejects.toBe(error);
    expect(await orderIds(pool)).toEqual([]);
    expect([proxied.totalCount, proxied.idleCount]).toEqual([1, 1]);
    expect(await database.execute(one)).toMatchObject({ rowCount: 1 });
  });

  test('an error of the server arrives as the driver made it, and rolls back', async () => {
    const { databaseThroughProxy, pool } = await proxiedPostgres(version, { pipeline });
    const work = async (tx: SqlExecutor) => {
      await tx.execute(insertOrder('o1'));
      await tx.execute(insertOrder('o1'));
    };
    await expect(databaseThroughProxy().transaction(work)).rejects.toMatchObject({ code: '23505' });
    expect(await orderIds(pool)).toEqual([]);
  });

  test('a COMMIT that PostgreSQL answers with ROLLBACK rejects, naming what failed', async () => {
    const { databaseThroughProxy, pool } = await proxiedPostgres(version, { pipeline });
    const work = async (tx: SqlExecutor) => {
      await tx.execute(insertOrder('o1'));
      await tx.execute({ text: 'select 1/0', values: [] }).catch(() => 'swallowed');
    };
    const error = await databaseThroughProxy()
      .transaction(work)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TransactionAbortedError);
    expect((error as Error).cause).toMatchObject({ code: '22012' });
    expect(await orderIds(pool)).toEqual([]);
  });

  test('a constraint that is checked at COMMIT rejects as itself: it is certain that nothing was committed', async () => {
    const { databaseThroughProxy, pool } = await proxiedPostgres(version, { pipeline });
    await pool.query('create table lines (order_id text references orders deferrable initially deferred)');
    const work = (tx: SqlExecutor) => tx.execute({ text: "insert into lines values ('none')", values: [] });
    await expect(databaseThroughProxy().transaction(work)).rejects.toMatchObject({ code: '23503' });
  });

  test('it is READ COMMITTED whatever the default of the server is', async () => {
    const { databaseThroughProxy, proxied } = await proxiedPostgres(version, { pipeline, poolSize: 1 });
    await proxied.query("set default_transaction_isolation = 'serializable'");
    const { rows } = await databaseThroughProxy().transaction((tx) =>
      tx.execute({ text: 'show transaction_isolation', values: [] }),
    );
    expect(rows).toEqual([{ transaction_isolation: 'read committed' }]);
  });

  test('a statement after the end of its transaction is refused', async () => {
    const { databaseThroughProxy, pool } = await proxiedPostgres(version, { pipeline });
    let kept: SqlExecutor | undefined;
    await databaseThroughProxy().transaction(async (tx) => {
      kept = tx;
    });
    await expect(kept?.execute(insertOrder('o1'))).rejects.toThrow(NotInTransactionError);
    expect(await orderIds(pool)).toEqual([]);
  });

  test('F3.8: a statement that takes too long rejects, and its connection is destroyed', async () => {
    const { databaseThroughProxy, proxied } = await proxiedPostgres(version, { pipeline });
    const database = databaseThroughProxy({ statementTimeoutMs: 150 });
    await expect(database.execute(slow)).rejects.toThrow(
      'The database did not answer "select pg_sleep(20)" within 150 ms.',
    );
    expect(proxied.totalCount).toBe(0);
    await expect(database.transaction((tx) => tx.execute(slow))).rejects.toThrow(DatabaseTimeoutError);
    expect(proxied.totalCount).toBe(0);
    expect(await database.execute(one)).toMatchObject({ rowCount: 1 });
  });

  test('F3.2: waiting for a client of an exhausted pool is bounded, and the client that comes late goes back', async () => {
    const { databaseThroughProxy, proxied } = await proxiedPostgres(version, { pipeline, poolSize: 1 });
    const database = databaseThroughProxy({ connectTimeoutMs: 100 });
    const held = await proxied.connect();
    await expect(database.execute(one)).rejects.toThrow('The database did not answer "connect" within 100 ms.');
    held.release();
    await vi.waitFor(() => expect([proxied.waitingCount, proxied.idleCount]).toEqual([0, 1]));
    expect(await database.execute(one)).toMatchObject({ rowCount: 1 });
  });

  test('F3.1: a database that is down rejects as unavailable, and is used again when it is back', async () => {
    const { databaseThroughProxy, proxy } = await proxiedPostgres(version, { pipeline });
    const database = databaseThroughProxy();
    proxy.refuse();
    await expect(database.execute(one)).rejects.toThrow(DatabaseUnavailableError);
    await expect(database.transaction((tx) => tx.execute(one))).rejects.toThrow(DatabaseUnavailableError);
    proxy.heal();
    expect(await database.execute(one)).toMatchObject({ rowCount: 1 });
  });

  test('F3.4: a reset in the middle of a transaction leaves nothing of it, and does not end the process', async () => {
    const { databaseThroughProxy, pool, proxied, proxy } = await proxiedPostgres(version, { pipeline });
    const work = async (tx: SqlExecutor) => {
      await tx.execute(insertOrder('o1'));
      proxy.reset();
      await vi.waitFor(() => expect(proxy.connections).toBe(0));
      await tx.execute(insertOrder('o2'));
    };
    await expect(databaseThroughProxy().transaction(work)).rejects.toThrow(DatabaseUnavailableError);
    expect(await orderIds(pool)).toEqual([]);
    expect(proxied.totalCount).toBe(0);
  });

  test('F3.4: work that swallows the loss of its connection is not committed', async () => {
    const { databaseThroughProxy, pool, proxy } = await proxiedPostgres(version, { pipeline });
    const work = async (tx: SqlExecutor) => {
      await tx.execute(insertOrder('o1'));
      proxy.reset();
      await tx.execute(insertOrder('o2')).catch(() => 'swallowed');
    };
    await expect(databaseThroughProxy().transaction(work)).rejects.toThrow(DatabaseUnavailableError);
    expect(await orderIds(pool)).toEqual([]);
  });

  test('F3.4: a backend that the server ends in the middle of a transaction rejects as unavailable', async () => {
    const { databaseThroughProxy, pool } = await proxiedPostgres(version, { pipeline });
    const work = async (tx: SqlExecutor) => {
      const { rows } = await tx.execute({ text: 'select pg_backend_pid() as pid', values: [] });
      await tx.execute(insertOrder('o1'));
      await pool.query('select pg_terminate_backend($1)', [rows[0]!['pid']]);
      await tx.execute(insertOrder('o2'));
    };
    await expect(databaseThroughProxy().transaction(work)).rejects.toThrow(DatabaseUnavailableError);
    expect(await orderIds(pool)).toEqual([]);
  });

  test('F3.7: a connection cut after COMMIT was sent rejects as unknown, and it was committed', async () => {
    const { databaseThroughProxy, pool, proxied, proxy } = await proxiedPostgres(version, { pipeline });
    const database = databaseThroughProxy();
    const cut = proxy.when({ direction: 'up', bytes: 'commit\0', fault: 'cut' });
    const error = await database.transaction((tx) => tx.execute(insertOrder('o1'))).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CommitUnknownError);
    expect(error).toMatchObject({ code: 'ERR_SQL_COMMIT_UNKNOWN', failureClass: 'unknown' });
    await cut;
    expect(await orderIds(pool)).toEqual(['o1']);
    expect(proxied.totalCount).toBe(0);
    expect(await database.execute(one)).toMatchObject({ rowCount: 1 });
  });

  test('F3.7: a COMMIT whose answer never comes rejects as unknown in its time', async () => {
    const { databaseThroughProxy, proxy } = await proxiedPostgres(version, { pipeline });
    const database = databaseThroughProxy({ statementTimeoutMs: 200 });
    void proxy.when({ direction: 'up', bytes: 'commit\0', fault: 'silence' });
    await expect(database.transaction((tx) => tx.execute(insertOrder('o1')))).rejects.toThrow(CommitUnknownError);
  });

  test('F13.3: a black hole holds up no statement, BEGIN, ROLLBACK or connect for longer than its time', async () => {
    const { databaseThroughProxy, proxied, proxy } = await proxiedPostgres(version, { pipeline, poolSize: 3 });
    const database = databaseThroughProxy({ statementTimeoutMs: 200, connectTimeoutMs: 200 });
    const clients = await Promise.all([proxied.connect(), proxied.connect()]);
    for (const client of clients) {
      client.release();
    }
    proxy.silence();
    await expect(database.execute(one)).rejects.toThrow(DatabaseTimeoutError);
    await expect(database.transaction((tx) => tx.execute(one))).rejects.toThrow(DatabaseTimeoutError);
    // No client is left, so this one connects.
    await expect(database.execute(one)).rejects.toThrow('"connect" within 200 ms');
    proxy.heal();
    expect(await database.execute(one)).toMatchObject({ rowCount: 1 });
    const error = new Error('roll back');
    const work = async () => {
      proxy.silence();
      throw error;
    };
    await expect(database.transaction(work)).rejects.toBe(error);
    proxy.heal();
    expect(await database.execute(one)).toMatchObject({ rowCount: 1 });
  });

  test('F13.3: the default settings do not hang on a black hole either', async () => {
    const { databaseThroughProxy, proxied, proxy } = await proxiedPostgres(version, { pipeline });
    const database = databaseThroughProxy();
    const client = await proxied.connect();
    client.release();
    proxy.silence();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const answer = database.execute(one).catch((thrown: unknown) => thrown);
    await new Promise((resolve) => setImmediate(resolve));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await answer).toBeInstanceOf(DatabaseTimeoutError);
    const connecting = database.execute(one).catch((thrown: unknown) => thrown);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await connecting).toMatchObject({ code: 'ERR_SQL_TIMEOUT', timeoutMs: 10_000 });
    vi.useRealTimers();
  });

  test('one client at a time is enough for one after another', async () => {
    const { databaseThroughProxy, proxied } = await proxiedPostgres(version, { pipeline, poolSize: 1 });
    const database = databaseThroughProxy({ connectTimeoutMs: 5_000 });
    await Promise.all(Array.from({ length: 20 }, (_, index) => database.execute(insertOrder(`o${index}`))));
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => database.transaction((tx) => tx.execute(insertOrder(`p${index}`)))),
    );
    expect(proxied.totalCount).toBe(1);
    const client = await proxied.connect();
    expect([client.listenerCount('error'), client.listenerCount('end')]).toEqual([0, 0]);
    client.release();
  });
});

describe('PgDatabase', () => {
  test('BEGIN shares a round trip with the first statement of a pipelined client', async () => {
    const trips = async (pipeline: boolean) => {
      const { databaseThroughProxy, proxy } = await proxiedPostgres(18, { pipeline });
      const database = databaseThroughProxy();
      await database.execute(one);
      proxy.delay(20);
      const before = proxy.roundTrips;
      await database.transaction((tx) => tx.execute(insertOrder('o1')));
      return proxy.roundTrips - before;
    };
    expect(await trips(true)).toBe(2);
    expect(await trips(false)).toBe(3);
  });

  test('options are checked', () => {
    const pool = { connect: () => Promise.reject(new Error('not now')) };
    expect(() => new PgDatabase(pool, { statementTimeoutMs: 0 })).toThrow('statementTimeoutMs');
    expect(() => new PgDatabase(pool, { connectTimeoutMs: 1.5 })).toThrow('connectTimeoutMs');
  });
});
