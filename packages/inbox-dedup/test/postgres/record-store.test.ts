import { TransientError } from '@holdfast/core';
import { type SqlResult, type SqlStatement, TableNames } from '@holdfast/sql';
import { expect, test } from 'vitest';
import { PostgresRecordStore } from '../../src/postgres/postgres-record-store.ts';

const nothing: SqlResult = { rows: [], rowCount: 0 };
const entry = { consumer: 'payment', source: '/orders', id: 'm1', digest: Buffer.alloc(16) };

/** Answers one statement after another. */
function scripted(...answers: readonly SqlResult[]) {
  const sent: SqlStatement[] = [];
  return {
    sent,
    execute: async (statement: SqlStatement) => {
      sent.push(statement);
      return answers[sent.length - 1] ?? nothing;
    },
  };
}

test('a record that is removed between the insert that met it and the look is inserted after all', async () => {
  const store = new PostgresRecordStore(new TableNames(), { prepared: true });
  const executor = scripted(nothing, nothing, { rows: [], rowCount: 1 });
  expect(await store.record(executor, [entry])).toEqual(['new']);
  const many = scripted({ rows: [{ consumer: 'payment', source: '/orders', id: 'm2' }], rowCount: 1 }, nothing, {
    rows: [],
    rowCount: 1,
  });
  expect(await store.record(many, [entry, { ...entry, id: 'm2' }])).toEqual(['new', 'new']);
});

test('a record that comes and goes for ever is an error, not a new message', async () => {
  const store = new PostgresRecordStore(new TableNames(), { prepared: true });
  await expect(store.record(scripted(), [entry])).rejects.toThrow(TransientError);
});

test('names of prepared statements differ by schema and prefix, and fit', async () => {
  const names = new Set<string | undefined>();
  for (const options of [{}, { schema: 'a' }, { schema: 'b' }, { prefix: 'x'.repeat(20) }]) {
    const executor = scripted({ rows: [], rowCount: 1 });
    await new PostgresRecordStore(new TableNames(options), { prepared: true }).record(executor, [entry]);
    names.add(executor.sent[0]?.name);
  }
  expect(names.size).toBe(4);
  for (const name of names) expect(Buffer.byteLength(name ?? '')).toBeLessThan(63);
});
