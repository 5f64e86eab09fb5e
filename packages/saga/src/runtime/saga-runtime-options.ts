import type { Clock, Enqueuer, Ids } from '@holdfast/core';
import type { TransactionRunner } from '@holdfast/sql';
import type { AnySagaDefinition } from '../definition/saga-definition.ts';
import type { SagaStore } from '../store/saga-store.ts';

export interface SagaRuntimeOptions<Tx> {
  /** Each saga in its newest version, and beside it the older ones that instances are still pinned to. */
  readonly definitions: readonly AnySagaDefinition[];
  readonly store: SagaStore;
  /** How the service's transactions are run: `new PgTransactionRunner(pool)`, `new KyselyTransactionRunner(db, { … })`, … */
  readonly transactions: TransactionRunner<Tx>;
  /** Takes what transitions send. */
  readonly outbox: Enqueuer<Tx>;
  /** Most bytes of an instance's data, as JSON. @default 262_144 */
  readonly maxDataBytes?: number;
  /** @default the system's clock */
  readonly clock?: Clock;
  /** Names what is sent. @default UUIDv7 */
  readonly ids?: Ids;
}
