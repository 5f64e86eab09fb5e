import { Migrator } from '@holdfast/sql';
import { PgTransactionRunner } from '@holdfast/sql/pg';
import { type PostgresTestDatabase, type PostgresTestVersion, postgresTestDatabase } from '@holdfast/sql/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { postgresSagaMigrations } from '../../src/postgres/migrations.ts';
import { PostgresSagaStore } from '../../src/postgres/postgres-saga-store.ts';
import type { SagaStore } from '../../src/store/saga-store.ts';
import { begun, ended, event, id, moved, timerOf } from '../../src/testing/saga-store/example-writes.ts';
import { RecordedStatements } from './recorded-statements.ts';

const TABLES = ['holdfast_saga', 'holdfast_saga_history', 'holdfast_saga_timer', 'holdfast_saga_parked'];
const HOUR = 3_600_000;

async function migrated(version: PostgresTestVersion): Promise<PostgresTestDatabase> {
  const db = await postgresTestDatabase(version, { poolSize: 1 });
  onTestFinished(() => db.drop());
  await new Migrator({ database: db.database, names: db.names, sets: [postgresSagaMigrations] }).up();
  // Nobody takes statistics while the test looks at what the planner makes of those that it has.
  for (const table of TABLES) await db.pool.query(`alter table ${table} set (autovacuum_enabled = off)`);
  return db;
}

/** Each statement of the store, for one instance and for several. */
async function useAll(store: SagaStore, executor: RecordedStatements): Promise<void> {
  const { instances, timers, queries, retention } = store;
  const work = { schedule: [{ timer: 't', afterMs: HOUR }], park: [event('a')] };
  const [a, b, c] = [begun('a', work), begun('b', work), begun('c', { schedule: work.schedule })];
  await instances.write(executor, [a, b]);
  await instances.write(executor, [c]);
  const next = { schedule: [{ timer: 'u', afterMs: HOUR }], cancel: ['t'] };
  await instances.write(executor, [moved(a, { ...next, release: [event('a')] }), moved(b, next)]);
  await instances.write(executor, [moved(c, next)]);
  await instances.load(executor, [a, b]);
  await instances.load(executor, [a]);
  await instances.lockMissing(executor, [a, b, id('none')]);
  await instances.parked(executor, [a, b]);
  await instances.parkUnmatched(executor, [{ instance: id('none'), event: event('x') }]);
  await timers.due(executor, { sagas: ['order', 'invoice'], limit: 100 });
  await timers.stillSet(executor, [timerOf(b, 'u'), timerOf(c, 'u')]);
  await timers.postpone(executor, timerOf(b, 'u'), { delayMs: HOUR, error: '-' });
  await timers.remove(executor, [timerOf(b, 'u'), timerOf(c, 'v')]);
  await timers.nextInMs(executor, ['order', 'invoice']);
  await queries.find(executor, a);
  await queries.history(executor, a);
  await queries.timers(executor, a);
  await queries.parked(executor, a);
  await queries.attention(executor, ['order']);
  const after = { startedAt: 0, key: '' };
  for (const kinds of [undefined, ['active'], ['final'], ['attention']] as const) {
    await queries.list(executor, { saga: 'order', limit: 50, after, kinds });
  }
  await retention.purge(executor, { sagas: ['order', 'invoice'], limit: 100 });
  await retention.purgeUnmatched(executor, { saga: 'order', olderThanMs: HOUR, limit: 100 });
}

/** Many that run, as many that are over, and their belongings; a few of them are due, wait for a person, or may go. */
async function grow({ pool }: PostgresTestDatabase): Promise<void> {
  await pool.query(`insert into holdfast_saga
    select 'order', 'k' || n, 1, 's', case when n % 1000 = 1 then 'attention' when n % 2 = 0 then 'final' else 'active' end, '{}', 1, 1, 'c', 0,
      now() - n * interval '1 s', now(), case when n % 2 = 0 then now() end, case when n % 2 = 0 then now() + (n - 100) * interval '1 s' end
    from generate_series(1, 20000) as n`);
  await pool.query(`insert into holdfast_saga_history
    select 'order', 'k' || n, 1, 'event', 'e', null, null, null, 's', null, '[]', '[]', null, null from generate_series(1, 20000) as n`);
  await pool.query(`insert into holdfast_saga_timer
    select 'order', 'k' || n, 't', 1, now() + (n - 100) * interval '1 s' from generate_series(1, 20000) as n`);
  await pool.query(`insert into holdfast_saga_parked (saga, key, source, id, type, message)
    select 'order', 'k' || n, 's', 'i', 't', '{}' from generate_series(1, 20000) as n`);
}

/** Which tables a plan reads from their beginning to their end. */
function wholeTables(plans: ReadonlyMap<string, string>): readonly string[] {
  return [...plans].flatMap(([key, plan]) => (plan.includes('Seq Scan') ? [`${key}\n${plan}`] : []));
}

function isListing(statement: string): boolean {
  return statement.includes('order by started_at');
}

describe.each([15, 18] as const)('PostgreSQL %i', (version) => {
  test('no statement reads a whole table, also by a plan that was kept from when there were a few rows', {
    timeout: 90_000,
  }, async () => {
    const db = await migrated(version);
    const runner = new PgTransactionRunner(db.pool);
    const store = new PostgresSagaStore();
    await db.pool.query('set plan_cache_mode = force_generic_plan');
    await runner.transaction((tx) => store.instances.write(tx, [begun('k'), begun('l')]));
    for (const table of TABLES) await db.pool.query(`vacuum analyze ${table}`);
    const recorded = new RecordedStatements(runner);
    await useAll(store, recorded);
    await grow(db);
    expect(recorded.statements.size).toBeGreaterThan(20);
    const early = [...(await recorded.plans(db.pool))];
    // A person's listing is planned anew each time, and may be slow until statistics are taken.
    expect(wholeTables(new Map(early.filter(([key]) => !isListing(key))))).toEqual([]);
    for (const table of TABLES) await db.pool.query(`analyze ${table}`);
    const plans = await recorded.plans(db.pool);
    expect(wholeTables(plans)).toEqual([]);
    const due = [...plans].find(([key]) => key.endsWith('_due'))?.[1];
    expect(due).toMatch(/Index Scan using holdfast_saga_timer_due .*\n.*Index Cond: .*due_at <=/);
    const purge = [...plans].find(([key]) => key.includes('with gone as') && key.includes('purge_at'))?.[1];
    expect(purge).toMatch(/Index Scan using holdfast_saga_purge .*\n.*Index Cond: .*purge_at <=/);
    const lists = [...plans].filter(([key]) => isListing(key)).map(([, plan]) => plan);
    const used = (plan: string) => [...plan.matchAll(/using holdfast_(saga_\w+)/g)].map(([, index]) => index);
    expect(lists.map(used)).toEqual([
      ['saga_unfinished', 'saga_finished'],
      ['saga_unfinished'],
      ['saga_finished'],
      ['saga_attention'],
    ]);
  });

  test('a transition touches no index, unless its instance is of another kind from then on', {
    timeout: 90_000,
  }, async () => {
    const db = await migrated(version);
    const runner = new PgTransactionRunner(db.pool);
    const store = new PostgresSagaStore();
    for (let index = 0; index < 50; index += 1) {
      const first = begun(`o-${index}`, { data: JSON.stringify({ text: 'x'.repeat(200) }) });
      const second = moved(first, { data: first.data });
      const third = moved(second, { data: first.data, park: [event('p')], parked: 1 });
      for (const write of [first, second, third]) await runner.transaction((tx) => store.instances.write(tx, [write]));
      await runner.transaction((tx) => store.instances.write(tx, [ended(third, HOUR)]));
    }
    const updates = async () => {
      const { rows } = await db.pool.query(
        "select n_tup_upd::int as all, n_tup_hot_upd::int as hot from pg_stat_user_tables where relname = 'holdfast_saga'",
      );
      return rows[0];
    };
    await expect.poll(updates, { timeout: 60_000 }).toEqual({ all: 150, hot: 100 });
  });

  test('a write is one statement, and so is a load, for one and for many', async () => {
    const db = await migrated(version);
    const runner = new PgTransactionRunner(db.pool);
    const store = new PostgresSagaStore();
    let statements = 0;
    const counted = {
      execute: (statement: Parameters<typeof runner.execute>[0]) => {
        statements += 1;
        return runner.execute(statement);
      },
    };
    const work = { schedule: [{ timer: 't', afterMs: 1 }], park: [event('p')] };
    const many = Array.from({ length: 50 }, (_, index) => begun(`o-${index}`, work));
    const next = { cancel: ['t'], schedule: [{ timer: 'u', afterMs: 1 }], park: [event('q')], release: [event('p')] };
    await store.instances.write(counted, many);
    await store.instances.load(counted, many);
    await store.instances.write(counted, [...many.map((one) => moved(one, next)), begun('new', work)]);
    await store.instances.write(counted, [begun('one', work)]);
    await store.instances.write(counted, [moved(begun('one'), next)]);
    expect(statements).toBe(5);
  });

  test('the tables can be removed again', async () => {
    const db = await migrated(version);
    const migrator = new Migrator({ database: db.database, names: db.names, sets: [postgresSagaMigrations] });
    await migrator.down({ set: 'saga', to: 0 });
    const { rows } = await db.pool.query("select relname from pg_class where relname like '%saga%'");
    expect(rows).toEqual([]);
  });
});
