import { contentRules } from './outbox-store/content-rules.ts';
import { delayedRules } from './outbox-store/delayed-rules.ts';
import { destinationRules } from './outbox-store/destination-rules.ts';
import { fencingRules } from './outbox-store/fencing-rules.ts';
import { numberRules } from './outbox-store/number-rules.ts';
import { orderRules } from './outbox-store/order-rules.ts';
import type { OutboxStoreFixture } from './outbox-store/outbox-store-fixture.ts';
import type { OutboxStoreRule } from './outbox-store/outbox-store-rule.ts';
import { pagingRules } from './outbox-store/paging-rules.ts';
import { parkingRules } from './outbox-store/parking-rules.ts';
import { replayRules } from './outbox-store/replay-rules.ts';
import { requestRules } from './outbox-store/request-rules.ts';
import { retentionRules } from './outbox-store/retention-rules.ts';
import { statsRules } from './outbox-store/stats-rules.ts';
import { StoreProbe } from './outbox-store/store-probe.ts';
import { visibilityRules } from './outbox-store/visibility-rules.ts';

/** All that the contract of {@link OutboxStore} promises, each rule by itself. */
export const outboxStoreRules: readonly OutboxStoreRule[] = [
  ...visibilityRules,
  ...orderRules,
  ...pagingRules,
  ...fencingRules,
  ...parkingRules,
  ...requestRules,
  ...delayedRules,
  ...retentionRules,
  ...replayRules,
  ...statsRules,
  ...destinationRules,
  ...contentRules,
  ...numberRules,
];

export interface OutboxStoreSuiteOptions {
  /** Of your test runner: vitest, `node:test`, jest. */
  readonly describe: (name: string, define: () => void) => unknown;
  readonly test: (name: string, run: () => Promise<void>) => unknown;
  /** Whether several transactions can have written and be open at once. The rules about those are left out if not. */
  readonly concurrentTransactions: boolean;
}

/**
 * The conformance suite of outbox stores: one test for each rule, on a fixture of its own. A store that passes it keeps
 * what the relay relies on.
 */
export function describeOutboxStore(
  name: string,
  createFixture: () => Promise<OutboxStoreFixture>,
  { describe, test, concurrentTransactions }: OutboxStoreSuiteOptions,
): void {
  describe(name, () => {
    for (const rule of outboxStoreRules) {
      if (rule.concurrentTransactions && !concurrentTransactions) continue;
      test(rule.name, () => checkOutboxStoreRule(rule, createFixture));
    }
  });
}

/** Rejects when a store breaks the rule. */
export async function checkOutboxStoreRule(
  rule: OutboxStoreRule,
  createFixture: () => Promise<OutboxStoreFixture>,
): Promise<void> {
  const fixture = await createFixture();
  try {
    await rule.run(new StoreProbe(fixture));
  } finally {
    await fixture.drop();
  }
}
