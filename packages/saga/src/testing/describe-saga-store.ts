import { batchRaceRules } from './saga-store/batch-race-rules.ts';
import { countRules } from './saga-store/count-rules.ts';
import { instanceRules } from './saga-store/instance-rules.ts';
import { parkedRules } from './saga-store/parked-rules.ts';
import { queryRules } from './saga-store/query-rules.ts';
import { raceRules } from './saga-store/race-rules.ts';
import { retentionRules } from './saga-store/retention-rules.ts';
import type { SagaStoreFixture } from './saga-store/saga-store-fixture.ts';
import type { SagaStoreRule } from './saga-store/saga-store-rule.ts';
import { timerFailureRules } from './saga-store/timer-failure-rules.ts';
import { timerRules } from './saga-store/timer-rules.ts';
import { waitingRules } from './saga-store/waiting-rules.ts';

/** All that the contract of {@link SagaStore} promises, each rule by itself. */
export const sagaStoreRules: readonly SagaStoreRule[] = [
  ...instanceRules,
  ...timerRules,
  ...timerFailureRules,
  ...parkedRules,
  ...queryRules,
  ...countRules,
  ...waitingRules,
  ...retentionRules,
  ...raceRules,
  ...batchRaceRules,
];

export interface SagaStoreSuiteOptions {
  /** Of your test runner: vitest, `node:test`, jest. */
  readonly describe: (name: string, define: () => void) => unknown;
  readonly test: (name: string, run: () => Promise<void>) => unknown;
  /** Whether several transactions can have written and be open at once. The rules about that are left out if not. */
  readonly concurrentTransactions: boolean;
}

/** The conformance suite of saga stores: one test for each rule, on a fixture of its own. */
export function describeSagaStore(
  name: string,
  open: () => Promise<SagaStoreFixture>,
  { describe, test, concurrentTransactions }: SagaStoreSuiteOptions,
): void {
  describe(`saga store: ${name}`, () => {
    for (const rule of sagaStoreRules) {
      if (rule.concurrentTransactions && !concurrentTransactions) continue;
      test(rule.name, () => checkSagaStoreRule(rule, open));
    }
  });
}

/** Rejects when a store breaks the rule. */
export async function checkSagaStoreRule(rule: SagaStoreRule, open: () => Promise<SagaStoreFixture>): Promise<void> {
  const fixture = await open();
  try {
    await rule.run(fixture);
  } finally {
    await fixture.drop();
  }
}
