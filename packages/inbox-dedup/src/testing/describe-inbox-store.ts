import { attemptRules } from './attempt-rules.ts';
import { gateRules } from './gate-rules.ts';
import type { InboxStoreFixture } from './inbox-store/inbox-store-fixture.ts';
import type { InboxStoreRule } from './inbox-store/inbox-store-rule.ts';
import { recordRaceRules } from './inbox-store/record-race-rules.ts';
import { recordRules } from './inbox-store/record-rules.ts';
import { retentionRules } from './retention-rules.ts';

/** All that the contract of {@link InboxStore} promises, each rule by itself. */
export const inboxStoreRules: readonly InboxStoreRule[] = [
  ...recordRules,
  ...recordRaceRules,
  ...attemptRules,
  ...retentionRules,
  ...gateRules,
];

export interface InboxStoreSuiteOptions {
  /** Of your test runner: vitest, `node:test`, jest. */
  readonly describe: (name: string, define: () => void) => unknown;
  readonly test: (name: string, run: () => Promise<void>) => unknown;
  /** Whether several transactions can have written and be open at once. The rules about that are left out if not. */
  readonly concurrentTransactions: boolean;
}

/** The conformance suite of inbox stores: one test for each rule, on a fixture of its own. */
export function describeInboxStore(
  name: string,
  open: () => Promise<InboxStoreFixture>,
  { describe, test, concurrentTransactions }: InboxStoreSuiteOptions,
): void {
  describe(`inbox store: ${name}`, () => {
    for (const rule of inboxStoreRules) {
      if (rule.concurrentTransactions && !concurrentTransactions) continue;
      test(rule.name, () => checkInboxStoreRule(rule, open));
    }
  });
}

/** Rejects when a store breaks the rule. */
export async function checkInboxStoreRule(rule: InboxStoreRule, open: () => Promise<InboxStoreFixture>): Promise<void> {
  const fixture = await open();
  try {
    await rule.run(fixture);
  } finally {
    await fixture.drop();
  }
}
