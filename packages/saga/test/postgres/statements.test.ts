import { type SqlStatement, TableNames } from '@holdfast/sql';
import { expect, test } from 'vitest';
import { PostgresSagaStore } from '../../src/postgres/postgres-saga-store.ts';
import { begun, event, id, moved } from '../../src/testing/saga-store/example-writes.ts';

/** Answers that all was written. */
function recorder() {
  const sent: SqlStatement[] = [];
  return {
    sent,
    execute: async (statement: SqlStatement) => {
      sent.push(statement);
      const [sagas, keys] = statement.values as string[][];
      const rows = Array.isArray(sagas) ? sagas.map((saga, index) => ({ saga, key: keys?.[index] })) : [];
      return { rows: statement.text.startsWith('with') ? rows : [], rowCount: 1 };
    },
  };
}

async function statementsOf(options: ConstructorParameters<typeof PostgresSagaStore>[0]): Promise<SqlStatement[]> {
  const executor = recorder();
  const { instances, timers } = new PostgresSagaStore(options);
  const work = { schedule: [{ timer: 't', afterMs: 1 }], park: [event('p')] };
  await instances.write(executor, [begun('a', work), begun('b')]);
  await instances.write(executor, [begun('a')]);
  await instances.write(executor, [moved(begun('a'))]);
  await instances.load(executor, [id('a')]);
  await instances.load(executor, [id('a'), id('b')]);
  await instances.lockMissing(executor, [id('a')]);
  await timers.due(executor, { sagas: ['order'], limit: 1 });
  return executor.sent;
}

test('names of prepared statements differ by statement, schema and prefix, and fit', async () => {
  const names = new Set<string | undefined>();
  let statements = 0;
  for (const names_ of [{}, { schema: 'a' }, { schema: 'b' }, { prefix: 'x'.repeat(20) }]) {
    const sent = await statementsOf({ names: new TableNames(names_) });
    const texts = new Map(sent.map(({ name, text }) => [text, name]));
    statements += texts.size;
    for (const name of texts.values()) names.add(name);
  }
  expect(names.size).toBe(statements);
  for (const name of names) expect(Buffer.byteLength(name ?? '')).toBeLessThan(63);
});

test('without prepared statements there are no names', async () => {
  const sent = await statementsOf({ preparedStatements: false });
  expect(new Set(sent.map(({ name }) => name))).toEqual(new Set([undefined]));
});

test('the statement of a write depends on what kinds of rows there are, not on how many', async () => {
  const executor = recorder();
  const { instances } = new PostgresSagaStore();
  for (const count of [2, 3, 100]) {
    const many = Array.from({ length: count }, (_, index) => begun(`o-${index}`));
    await instances.write(executor, many);
  }
  expect(new Set(executor.sent.map(({ text }) => text)).size).toBe(1);
  expect(new Set(executor.sent.map(({ name }) => name)).size).toBe(1);
});

test('instances that do not exist are locked in ascending order, each lock once, and as many as a server has room for', async () => {
  const executor = recorder();
  const ids = Array.from({ length: 10_000 }, (_, index) => id(`o-${index}`));
  await new PostgresSagaStore().instances.lockMissing(executor, ids);
  await new PostgresSagaStore().instances.lockMissing(executor, [...ids].reverse());
  const [locks, again] = executor.sent.filter(({ text }) => text.includes('advisory')).map(({ values }) => values[0]);
  const all = locks as bigint[];
  expect(again).toEqual(all);
  expect(all.length).toBeLessThanOrEqual(4_096);
  expect(new Set(all).size).toBe(all.length);
  expect(all.every((lock, index) => index === 0 || (all[index - 1] ?? lock) < lock)).toBe(true);
  const other = recorder();
  const names = new TableNames({ prefix: 'other' });
  await new PostgresSagaStore({ names }).instances.lockMissing(other, [id('o-1')]);
  const [locksOfOther] = (other.sent[0]?.values ?? []) as bigint[][];
  expect(locksOfOther?.length).toBe(1);
  expect(all).not.toContain(locksOfOther?.[0]);
});
