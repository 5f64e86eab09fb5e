import type { SagaStoreFixture } from './saga-store-fixture.ts';

/** One promise of the contract, and how to find out whether a store keeps it. */
export interface SagaStoreRule {
  readonly name: string;
  /** Needs several open transactions that have written. SQLite has one writer, where the question does not arise. */
  readonly concurrentTransactions?: true;
  /** Rejects when the store breaks the rule. */
  run(fixture: SagaStoreFixture): Promise<void>;
}
