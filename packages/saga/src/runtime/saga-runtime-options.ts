import type { Clock, Enqueuer, Ids, Random, Telemetry } from '@holdfast/core';
import type { TransactionRunner } from '@holdfast/sql';
import type { AnySagaDefinition } from '../definition/saga-definition.ts';
import type { SagaStore } from '../store/saga-store.ts';
import type { SagaEventListener } from './saga-event.ts';

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
  /** Most events that wait for one instance; further ones stay with the broker. @default 1_000 */
  readonly maxParkedPerInstance?: number;
  /**
   * Told what happens: once it is committed where the runner tells that (`PgTransactionRunner`), else when it is written, so that a
   * transaction that is rolled back tells it, too. What it throws is dropped.
   */
  readonly onEvent?: SagaEventListener;
  /** @default the application's OpenTelemetry */
  readonly telemetry?: Telemetry;
  /** @default the system's clock */
  readonly clock?: Clock;
  /** Names what is sent. @default UUIDv7 */
  readonly ids?: Ids;
  /** @default the system's */
  readonly random?: Random;
}
