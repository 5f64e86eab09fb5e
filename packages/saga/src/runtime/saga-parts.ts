import type { Clock, Ids, Random } from '@holdfast/core';
import type { TransactionRunner } from '@holdfast/sql';
import type { SagaStore } from '../store/saga-store.ts';
import type { DefinitionCatalogue } from './definition-catalogue.ts';
import type { SagaReport } from './saga-report.ts';
import type { SagaTransactions } from './saga-transactions.ts';
import type { TimerHints } from './timer-hints.ts';

/** What a runtime is made of, for its worker and its operations. */
export interface SagaParts<Tx> {
  readonly definitions: DefinitionCatalogue;
  readonly store: SagaStore;
  readonly transactions: TransactionRunner<Tx>;
  readonly sagas: SagaTransactions<Tx>;
  readonly report: SagaReport;
  readonly timerHints: TimerHints;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
}
