import { Inbox, SqliteInboxStore } from '@holdfast/inbox-dedup';
import { Outbox, SqliteOutboxStore } from '@holdfast/outbox';
import { SagaRuntime, SqliteSagaStore } from '@holdfast/saga';
import { BetterSqlite3Database, BetterSqlite3TransactionRunner } from '@holdfast/sql/better-sqlite3';
import { throwFailure } from '../inbox/inbox-ways.ts';
import { given, type Way } from '../inbox/way.ts';
import { BATCH } from './hand-written-batch.ts';
import { orderSaga } from './order-saga.ts';
import type { SqliteSagaFile } from './sqlite-saga-file.ts';

export const SAGA = 'Inbox.handle with runtime.work';
export const SAGA_50 = `Inbox.handleBatch of ${BATCH} with runtime.bulk`;

/** Ours, on a handle of its own. */
export function sqliteSagaWays(file: SqliteSagaFile): readonly Way[] {
  const transactions = new BetterSqlite3TransactionRunner(file.open());
  const outbox = new Outbox({
    store: new SqliteOutboxStore({ database: new BetterSqlite3Database(file.open()) }),
    transactions,
    source: '/orders',
  });
  const runtime = new SagaRuntime({ definitions: [orderSaga], store: new SqliteSagaStore(), transactions, outbox });
  const { events } = runtime;
  const inbox = new Inbox({ consumer: 'orders', store: new SqliteInboxStore(), transactions, events });
  return [
    { name: SAGA, batch: 1, concurrency: 1, handle: ([envelope]) => inbox.handle(given(envelope), runtime.work) },
    {
      name: SAGA_50,
      batch: BATCH,
      concurrency: 1,
      handle: async (envelopes) => {
        const messages = envelopes.map((envelope) => ({ envelope }));
        throwFailure(await inbox.handleBatch(messages, runtime.bulk));
      },
    },
  ];
}
