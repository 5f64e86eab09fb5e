import assert from 'node:assert/strict';
import type { SqlExecutor } from '@holdfast/sql';
import type { SagaId } from '../../store/saga-id.ts';
import type { ListedSaga } from '../../store/saga-queries.ts';
import type { SagaWrite } from '../../store/saga-write.ts';
import type { StoredSaga } from '../../store/stored-saga.ts';
import { id, storedOf } from './example-writes.ts';
import type { SagaStoreFixture } from './saga-store-fixture.ts';

export const CONFLICT = { code: 'ERR_SQL_TRANSACTION_CONFLICT' };

/** Runs `work` in a transaction of its own. */
export async function inTransaction<Result>(
  { begin }: SagaStoreFixture,
  work: (executor: SqlExecutor) => Promise<Result>,
): Promise<Result> {
  const tx = await begin();
  let result: Result;
  try {
    result = await work(tx.executor);
  } catch (error) {
    await tx.rollback();
    throw error;
  }
  await tx.commit();
  return result;
}

/** Writes in a transaction of its own. */
export async function write(fixture: SagaStoreFixture, ...writes: readonly SagaWrite[]): Promise<void> {
  await inTransaction(fixture, (executor) => fixture.store.instances.write(executor, writes));
}

/** What is stored, in the order of the keys. */
export async function load(fixture: SagaStoreFixture, ids: readonly SagaId[]): Promise<readonly StoredSaga[]> {
  const loaded = await inTransaction(fixture, (executor) => fixture.store.instances.load(executor, ids));
  return [...loaded].sort((left, right) => (left.key < right.key ? -1 : 1));
}

export async function found({ store, executor }: SagaStoreFixture, key: string): Promise<ListedSaga> {
  const saga = await store.queries.find(executor, id(key));
  assert.ok(saga !== null, `"${key}" is there`);
  return saga;
}

/** Refuses anything else than what the write leaves. */
export async function assertStored(fixture: SagaStoreFixture, ...writes: readonly SagaWrite[]): Promise<void> {
  assert.deepEqual(
    await load(fixture, writes),
    writes.map(storedOf).sort((a, b) => (a.key < b.key ? -1 : 1)),
  );
}

/** The timers that are set, with their epochs. */
export async function timers({ store, executor }: SagaStoreFixture, key: string): Promise<readonly string[]> {
  const set = await store.queries.timers(executor, id(key));
  return set.map(({ timer, epoch }) => `${timer} ${epoch}`).sort();
}

export async function due(
  { store, executor }: SagaStoreFixture,
  query: { readonly sagas?: readonly string[]; readonly limit?: number } = {},
): Promise<readonly string[]> {
  const found = await store.timers.due(executor, { sagas: ['order'], limit: 100, ...query });
  return found.map(({ key, timer }) => `${key} ${timer}`);
}

export function watched<Answer>(answer: Promise<Answer>): { readonly answer: Promise<Answer>; settled(): boolean } {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  answer.then(settle, settle);
  return { answer, settled: () => isSettled };
}

/** As long as several statements of somebody else take. */
export async function roundTrips({ store, executor }: SagaStoreFixture): Promise<void> {
  for (let trip = 0; trip < 5; trip += 1) await store.queries.find(executor, id('somebody else'));
}
