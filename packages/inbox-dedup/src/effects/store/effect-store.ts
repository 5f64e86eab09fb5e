import type { DialectName } from '@holdfast/sql';
import type { EffectIntentStore } from './effect-intent-store.ts';
import type { EffectReviewStore } from './effect-review-store.ts';

/**
 * The journal's table in one SQL dialect. Its parts hold no connection: every call is given what its one statement runs on, by itself
 * and committed when the call resolves.
 */
export interface EffectStore {
  readonly dialect: DialectName;
  readonly intents: EffectIntentStore;
  readonly review: EffectReviewStore;
}
