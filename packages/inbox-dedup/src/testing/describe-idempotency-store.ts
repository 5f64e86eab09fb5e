import { answerRules } from './idempotency-store/answer-rules.ts';
import { claimRules } from './idempotency-store/claim-rules.ts';
import type { IdempotencyStoreFixture } from './idempotency-store/idempotency-store-fixture.ts';
import type { IdempotencyStoreRule } from './idempotency-store/idempotency-store-rule.ts';

/** All that the contract of {@link IdempotencyStore} promises, each rule by itself. */
export const idempotencyStoreRules: readonly IdempotencyStoreRule[] = [...claimRules, ...answerRules];

export interface IdempotencyStoreSuiteOptions {
  /** Of your test runner: vitest, `node:test`, jest. */
  readonly describe: (name: string, define: () => void) => unknown;
  readonly test: (name: string, run: () => Promise<void>) => unknown;
  /** Whether a statement may wait for a transaction of another connection. The rules about that are left out if not. */
  readonly concurrentTransactions: boolean;
}

/** The conformance suite of idempotency stores: one test for each rule, on a fixture of its own. */
export function describeIdempotencyStore(
  name: string,
  open: () => Promise<IdempotencyStoreFixture>,
  { describe, test, concurrentTransactions }: IdempotencyStoreSuiteOptions,
): void {
  describe(`idempotency store: ${name}`, () => {
    for (const rule of idempotencyStoreRules) {
      if (rule.concurrentTransactions && !concurrentTransactions) continue;
      test(rule.name, () => checkIdempotencyStoreRule(rule, open));
    }
  });
}

/** Rejects when a store breaks the rule. */
export async function checkIdempotencyStoreRule(
  rule: IdempotencyStoreRule,
  open: () => Promise<IdempotencyStoreFixture>,
): Promise<void> {
  const fixture = await open();
  try {
    await rule.run(fixture);
  } finally {
    await fixture.close();
  }
}
