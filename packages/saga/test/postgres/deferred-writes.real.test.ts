import { type SqlExecutor, TransactionConflictError } from '@holdfast/sql';
import { PgTransactionRunner } from '@holdfast/sql/pg';
import { postgresTestDatabase } from '@holdfast/sql/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PostgresSagaStore } from '../../src/postgres/postgres-saga-store.ts';
import type { SagaWrite } from '../../src/store/saga-write.ts';
import { begun, id, moved } from '../../src/testing/saga-store/example-writes.ts';
import { PostgresTables } from '../store/postgres-fixture.ts';

const modes = [
  [15, false],
  [18, true],
] as const;

describe.each(modes)('writes that wait for the commit, on PostgreSQL %i, pipelined: %s', (version, pipeline) => {
  let service: Awaited<ReturnType<typeof open>>;
  beforeAll(async () => {
    service = await open(version, pipeline);
  });
  afterAll(() => service.drop());

  test('S7, S8: they are written with the commit, and one that meets another version ends it as a conflict', async () => {
    const { write, versions } = service;
    await write(begun('a'));
    await expect(write(begun('a'))).rejects.toThrow(TransactionConflictError);
    await write(moved(begun('a')));
    await expect(write(moved(begun('a')))).rejects.toThrow(TransactionConflictError);
    await expect(write(moved(begun('gone')))).rejects.toThrow(TransactionConflictError);
    expect([await versions('a'), await versions('gone')]).toEqual([[2], []]);
  });

  test('S7, S8: so are those of a batch, and one of them that meets another version, or none, ends it for all', async () => {
    const { write, versions } = service;
    await write(begun('e'), begun('f', { schedule: [{ timer: 't', afterMs: 0 }] }));
    await write(moved(begun('e')), begun('g'));
    for (const other of [moved(begun('e')), begun('f'), moved(begun('gone'))]) {
      await expect(write(moved(begun('g')), begun('h'), other)).rejects.toThrow(TransactionConflictError);
    }
    expect(await Promise.all(['e', 'f', 'g', 'h', 'gone'].map(versions))).toEqual([[2], [1], [1], [], []]);
  });

  test('they are not sent before the work has ended, and not at all when it fails', async () => {
    const { transaction, store, versions } = service;
    const failing = transaction(async (executor) => {
      await store.instances.write(executor, [begun('b')]);
      const { rows } = await executor.execute({ text: `select 1 from holdfast_saga where key = 'b'`, values: [] });
      expect(rows).toEqual([]);
      throw new Error('the work fails');
    });
    await expect(failing).rejects.toThrow('the work fails');
    expect(await versions('b')).toEqual([]);
  });

  test('what is loaded in the same transaction sees them, and may be written again', async () => {
    const { transaction, store, versions } = service;
    await transaction(async (executor) => {
      await store.instances.write(executor, [begun('c')]);
      const [loaded] = await store.instances.load(executor, [id('c')]);
      expect(loaded).toMatchObject({ key: 'c', version: 1 });
      await store.instances.write(executor, [moved(begun('c'))]);
    });
    expect(await versions('c')).toEqual([2]);
    const [, second] = await store.queries.history(service.runner, id('c'));
    expect(second).toMatchObject({ number: 2 });
  });

  test('timers are set and cancelled by them', async () => {
    const { write, store, runner } = service;
    await write(begun('d', { schedule: [{ timer: 't', afterMs: 0 }] }));
    expect(await store.timers.stillSet(runner, [{ ...id('d'), timer: 't', epoch: 1 }])).toHaveLength(1);
    await write(moved(begun('d'), { cancel: ['t'] }));
    expect(await store.queries.timers(runner, id('d'))).toEqual([]);
  });
});

async function open(version: 15 | 18, pipeline: boolean) {
  const database = await postgresTestDatabase(version);
  const names = await new PostgresTables(database).empty();
  const runner = new PgTransactionRunner(database.openPool({ pipeline, poolSize: 2 }));
  const store = new PostgresSagaStore({ names, deferToCommit: true });
  const transaction = (work: (executor: SqlExecutor) => Promise<void>) =>
    runner.transaction((tx) => work(runner.executor(tx)));
  return {
    runner,
    store,
    transaction,
    write: (...writes: SagaWrite[]) => transaction((executor) => store.instances.write(executor, writes)),
    versions: async (key: string) => (await store.instances.load(runner, [id(key)])).map((saga) => saga.version),
    drop: () => database.drop(),
  };
}
