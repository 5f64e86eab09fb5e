import { NotSimulatedError, type SimulatedSqlite, type SqliteHandle } from '@holdfast/testkit/sqlite';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { inAProcess } from './in-a-process.ts';

/** What both do, the driver and its simulation. */
async function onBoth(work: (handle: SqliteHandle) => unknown): Promise<readonly unknown[]> {
  const results: unknown[] = [];
  const real = new Database(':memory:');
  results.push(work(real));
  real.close();
  await inAProcess(async (database) => {
    results.push(work(database.handle()));
  });
  return results;
}

/** The errors' messages included. */
function attempt(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return String(error);
  }
}

const uses: Readonly<Record<string, (handle: SqliteHandle) => unknown>> = {
  'rows in every form': (handle) => {
    handle.exec('create table t (id integer primary key, n integer); insert into t (n) values (1), (2)');
    const select = () => handle.prepare('select id, n from t order by id');
    return [
      select().all(),
      select().get(),
      select().pluck().all(),
      select().raw().all(),
      select().expand().all(),
      select().safeIntegers().all(),
      [...select().iterate()],
      select()
        .columns()
        .map(({ name }) => name),
      select().pluck().pluck(false).get(),
    ];
  },
  values: (handle) => {
    const text = handle.prepare('select ? as a, ? as b');
    const named = handle.prepare('select :a as a, @b as b');
    const bound = handle.prepare('select ? as a').bind(7);
    return [
      text.get(1, 'x'),
      text.get([null, 2n]),
      named.get({ a: 1, b: 2 }),
      bound.get(),
      attempt(() => bound.get(8)),
      attempt(() => bound.bind(8)),
      attempt(() => text.get(1)),
      attempt(() => text.get(true, 1)),
    ];
  },
  'what a statement is and has changed': (handle) => {
    handle.exec('create table t (id integer primary key)');
    const insert = handle.prepare('insert into t default values');
    return [insert.run(), insert.run(), insert.reader, insert.readonly, insert.source, attempt(() => insert.all())];
  },
  transactions: (handle) => {
    handle.exec('create table t (id integer primary key)');
    const insert = handle.prepare('insert into t default values');
    const add = handle.transaction((fails: boolean) => {
      insert.run();
      if (fails) throw new Error('no');
      return handle.inTransaction;
    });
    const nested = handle.transaction(() => [add(false), attempt(() => add(true)), add.immediate(false)]);
    return [
      add(false),
      attempt(() => add.exclusive(true)),
      nested.deferred(),
      handle.inTransaction,
      handle.prepare('select count(*) from t').pluck().get(),
    ];
  },
  functions: (handle) => {
    handle.function('twice', (n: unknown) => Number(n) * 2);
    handle.function('all_of', { varargs: true, deterministic: true }, (...args: unknown[]) => args.length);
    handle.aggregate('product', { start: 1, step: (total: number, n: unknown) => total * Number(n) });
    return handle
      .prepare('select twice(4), all_of(1, 2, 3), (select product(column1) from (values (2), (3)))')
      .raw()
      .get();
  },
  'integers by default': (handle) => {
    const before = handle.prepare('select 1 as n');
    handle.defaultSafeIntegers();
    return [
      before.get(),
      handle.prepare('select 1 as n').get(),
      handle.prepare('select 1 as n').safeIntegers(false).get(),
    ];
  },
  errors: (handle) => [
    attempt(() => handle.prepare('select')),
    attempt(() => handle.prepare('select 1; select 2')),
    attempt(() => handle.exec('select * from nobody')),
    attempt(() => handle.prepare('create table t (id)').all()),
    attempt(() => handle.transaction(async () => {})()),
  ],
  'a handle that is closed': (handle) => {
    const select = handle.prepare('select 1');
    handle.close();
    return [handle.open, attempt(() => handle.prepare('select 1')), attempt(() => select.get()), handle.close().open];
  },
  settings: (handle) => [
    handle.pragma('foreign_keys', { simple: true }),
    handle.pragma('foreign_keys = off'),
    handle.pragma('foreign_keys'),
    handle.prepare('pragma foreign_keys = on').run().changes,
    handle.pragma('foreign_keys', { simple: true }),
  ],
};

test.each(Object.entries(uses))('a handle does what that of better-sqlite3 does: %s', async (_, work) => {
  const [real, simulated] = await onBoth(work);
  expect(simulated).toEqual(real);
});

test('what is not simulated says so by its name', async () => {
  await inAProcess(async (database: SimulatedSqlite) => {
    const handle = database.handle();
    const members = {
      table: () => handle.table('t', { columns: ['a'], *rows() {} }),
      loadExtension: () => handle.loadExtension('x'),
      backup: () => handle.backup('x'),
      serialize: () => handle.serialize(),
      unsafeMode: () => handle.unsafeMode(),
    };
    for (const [member, use] of Object.entries(members)) {
      expect(use).toThrow(NotSimulatedError);
      expect(use).toThrow(`"${member}" of better-sqlite3 is not simulated`);
    }
  });
});

test('settings that would wait or write to a disk are as the simulation has them, however they are made', async () => {
  await inAProcess(async (database: SimulatedSqlite) => {
    const handle = database.handle();
    expect(handle.pragma('journal_mode = DELETE', { simple: true })).toBe('wal');
    handle.exec("PRAGMA busy_timeout = 5000; pragma synchronous = 'full'; create table t (id)");
    handle.prepare('pragma wal_autocheckpoint(1)').all();
    expect(handle.pragma('wal_checkpoint(TRUNCATE)')).toEqual([{ busy: 0, log: 0, checkpointed: 0 }]);
    const names = ['busy_timeout', 'synchronous', 'wal_autocheckpoint'];
    expect(names.map((name) => handle.pragma(name, { simple: true }))).toEqual([0, 0, 0]);
    expect(handle.prepare('select * from t').all()).toEqual([]);
  });
});
