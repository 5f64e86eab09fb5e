import type { EffectStoreFixture } from './effect-store/effect-store-fixture.ts';
import { EffectStoreProbe } from './effect-store/effect-store-probe.ts';
import type { EffectStoreRule } from './effect-store/effect-store-rule.ts';
import { intentRules } from './effect-store/intent-rules.ts';
import { reviewRules } from './effect-store/review-rules.ts';

/** All that the contract of {@link EffectStore} promises, each rule by itself. */
export const effectStoreRules: readonly EffectStoreRule[] = [...intentRules, ...reviewRules];

export interface EffectStoreSuiteOptions {
  /** Of your test runner: vitest, `node:test`, jest. */
  readonly describe: (name: string, define: () => void) => unknown;
  readonly test: (name: string, run: () => Promise<void>) => unknown;
}

/** The conformance suite of effect stores: one test for each rule, on a fixture of its own. */
export function describeEffectStore(
  name: string,
  open: () => Promise<EffectStoreFixture>,
  { describe, test }: EffectStoreSuiteOptions,
): void {
  describe(`effect store: ${name}`, () => {
    for (const rule of effectStoreRules) test(rule.name, () => checkEffectStoreRule(rule, open));
  });
}

/** Rejects when a store breaks the rule. */
export async function checkEffectStoreRule(
  rule: EffectStoreRule,
  open: () => Promise<EffectStoreFixture>,
): Promise<void> {
  const fixture = await open();
  try {
    await rule.run(new EffectStoreProbe(fixture));
  } finally {
    await fixture.close();
  }
}
