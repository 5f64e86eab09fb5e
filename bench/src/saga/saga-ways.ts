import { Inbox, PostgresInboxStore } from '@holdfast/inbox-dedup';
import { Outbox, PostgresOutboxStore } from '@holdfast/outbox';
import { type AnySagaDefinition, PostgresSagaStore, SagaRuntime } from '@holdfast/saga';
import { PgDatabase, type PgTransaction, PgTransactionRunner } from '@holdfast/sql/pg';
import type pg from 'pg';
import { throwFailure } from '../inbox/inbox-ways.ts';
import { given, type Way } from '../inbox/way.ts';
import { BATCH } from './hand-written-batch.ts';

export const SAGA = 'Inbox.handle with runtime.work';
export const SAGA_50 = `Inbox.handleBatch of ${BATCH} with runtime.bulk, one connection`;

export interface SagaWayOptions {
  /** With `pipeline: true`. */
  readonly pool: pg.Pool;
  readonly definition: AnySagaDefinition;
}

/** One event per transaction. */
export function sagaWay(options: SagaWayOptions & { readonly concurrency: number }): Way {
  const { inbox, runtime } = sagaParts(options);
  return {
    name: SAGA,
    batch: 1,
    concurrency: options.concurrency,
    handle: ([envelope]) => inbox.handle(given(envelope), runtime.work),
  };
}

/** Events of many instances in one transaction. */
export function sagaBatch(options: SagaWayOptions): Way {
  const { inbox, runtime } = sagaParts(options);
  return {
    name: SAGA_50,
    batch: BATCH,
    concurrency: 1,
    handle: async (envelopes) => {
      const messages = envelopes.map((envelope) => ({ envelope }));
      throwFailure(await inbox.handleBatch(messages, runtime.bulk));
    },
  };
}

export interface SagaParts {
  readonly inbox: Inbox<PgTransaction>;
  readonly runtime: SagaRuntime<PgTransaction>;
}

/** As a service puts them together that wants to be fast. */
export function sagaParts({ pool, definition }: SagaWayOptions): SagaParts {
  const transactions = new PgTransactionRunner(pool);
  const outbox = new Outbox({
    store: new PostgresOutboxStore({ database: new PgDatabase(pool), deferToCommit: true }),
    transactions,
    source: '/orders',
  });
  const runtime = new SagaRuntime({
    definitions: [definition],
    store: new PostgresSagaStore({ deferToCommit: true }),
    transactions,
    outbox,
  });
  const inbox = new Inbox({
    consumer: 'orders',
    store: new PostgresInboxStore(),
    transactions,
    events: runtime.events,
  });
  return { inbox, runtime };
}
