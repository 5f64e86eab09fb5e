import type { EffectStoreProbe } from './effect-store-probe.ts';

/** One promise of {@link EffectStore}, and how to find out whether a store keeps it. */
export interface EffectStoreRule {
  readonly name: string;
  /** Rejects when the store breaks the rule. */
  run(probe: EffectStoreProbe): Promise<void>;
}
