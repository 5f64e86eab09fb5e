import type { Effect } from './effect.ts';
import type { EffectSettings } from './effect-journal-options.ts';
import type { EffectReporter } from './effect-reporter.ts';
import type { EffectVerifier } from './effect-verifier.ts';
import type { ResultKeeper } from './result-keeper.ts';
import type { RunningCalls } from './running-calls.ts';

/** What all performances of a journal share. */
export interface PerformanceParts {
  readonly settings: EffectSettings;
  readonly reporter: EffectReporter;
  readonly keeper: ResultKeeper;
  readonly verifier: EffectVerifier;
  readonly running: RunningCalls;
}

export interface PerformanceRequest {
  readonly key: string;
  /** For an effect that is new. */
  readonly idempotencyKey: string;
  readonly about: string | null;
  readonly deadlineMs: number;
  readonly effect: Effect<unknown>;
}

/**
 * The result; or that somebody else has the effect now, so that it must be looked at again. `overtaken` is the result that was known
 * then, and could not be kept: with it in hand nobody calls again.
 */
export type Performed = { readonly result: unknown } | { readonly overtaken: unknown } | 'lost';

/** When one that could not call may try again. */
export const RETRY_SOON_MS = 1_000;
