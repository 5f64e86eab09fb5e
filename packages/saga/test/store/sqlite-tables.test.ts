import { Migrator, positionalStatement, positionalValues, type SqlStatement } from '@holdfast/sql';
import { type SqliteTestDatabase, sqliteTestDatabase } from '@holdfast/sql/testing';
import { expect, onTestFinished, test } from 'vitest';
import { sqliteSagaMigrations } from '../../src/sqlite/migrations.ts';
import { SqliteSagaStore } from '../../src/sqlite/sqlite-saga-store.ts';
import { begun, event, id, timerOf } from '../../src/testing/saga-store/example-writes.ts';

async function migrated(): Promise<SqliteTestDatabase> {
  const db = sqliteTestDatabase();
  onTestFinished(() => db.drop());
  await new Migrator({ database: db.database, names: db.names, sets: [sqliteSagaMigrations] }).up();
  return db;
}

test('no statement on SQLite reads a whole table', async () => {
  const db = await migrated();
  const scans: string[] = [];
  const executor = {
    execute: async (statement: SqlStatement) => {
      const positional = positionalStatement(statement.text);
      const values = positionalValues(positional, statement.values);
      const plan = db.handle.prepare(`explain query plan ${positional.text}`).all(values) as { detail: string }[];
      const whole = plan.filter(({ detail }) => /^SCAN (?:holdfast|i$|p$)/.test(detail));
      if (whole.length > 0) scans.push(`${statement.text}: ${whole.map(({ detail }) => detail)}`);
      return db.database.executeSync(statement);
    },
  };
  const { instances, timers, queries, retention } = new SqliteSagaStore();
  const over = begun('a', { kind: 'final', keepMs: 0, schedule: [{ timer: 't', afterMs: 0 }], park: [event('p')] });
  await instances.write(executor, [over, begun('b')]);
  await instances.load(executor, [over]);
  await instances.parked(executor, [over]);
  await instances.parkUnmatched(executor, [{ instance: id('none'), event: event('x') }]);
  await timers.due(executor, { sagas: ['order'], limit: 10 });
  await timers.stillSet(executor, [timerOf(over, 't')]);
  await timers.postpone(executor, timerOf(over, 't'), { delayMs: 1, error: '-' });
  await timers.nextInMs(executor, ['order']);
  await queries.find(executor, over);
  await queries.history(executor, over);
  await queries.attention(executor, ['order']);
  for (const kinds of [undefined, ['active'], ['final'], ['attention']] as const) {
    await queries.list(executor, { saga: 'order', limit: 10, kinds, after: { startedAt: 0, key: '' } });
  }
  expect(await retention.purge(executor, { sagas: ['order'], limit: 10 })).toBe(1);
  expect(await retention.purgeUnmatched(executor, { saga: 'order', olderThanMs: 0, limit: 10 })).toBe(1);
  expect(scans).toEqual([]);
});

test('the tables of SQLite can be removed again', async () => {
  const db = await migrated();
  const migrator = new Migrator({ database: db.database, names: db.names, sets: [sqliteSagaMigrations] });
  await migrator.down({ set: 'saga', to: 0 });
  expect(db.handle.prepare("select name from sqlite_schema where name like '%saga%'").all()).toEqual([]);
});
