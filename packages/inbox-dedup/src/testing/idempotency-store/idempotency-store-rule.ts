import type { IdempotencyStoreFixture } from './idempotency-store-fixture.ts';

/** One promise of {@link IdempotencyStore}, and how to find out whether a store keeps it. */
export interface IdempotencyStoreRule {
  readonly name: string;
  /** Needs a claim to wait for a transaction of another connection. SQLite's one writer would block the test instead. */
  readonly concurrentTransactions?: true;
  /** Rejects when the store breaks the rule. */
  run(fixture: IdempotencyStoreFixture): Promise<void>;
}
