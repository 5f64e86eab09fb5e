/**
 * - `calling`: a call is made, or was when its process went away: see `dueAt`
 * - `unknown`: nobody knows whether it happened; to be verified
 * - `free`: it did not happen, and may be called
 * - `done`: it happened, its result is kept
 * - `refused`: it was refused for ever
 * - `parked`: a person must settle it
 */
export type EffectState = 'calling' | 'unknown' | 'free' | 'done' | 'refused' | 'parked';

export const effectStates: readonly EffectState[] = ['calling', 'unknown', 'free', 'done', 'refused', 'parked'];

/** Names one effect: the name of its journal, and its key in it. */
export interface EffectIdentity {
  readonly journal: string;
  readonly key: string;
}

/** All that is known of an effect, but for its result. Times are of the database's clock, in milliseconds since the Unix epoch. */
export interface EffectRecord extends EffectIdentity {
  /** What the provider knows it by. */
  readonly idempotencyKey: string;
  readonly state: EffectState;
  readonly about: string | null;
  /** Calls that were made, or begun. */
  readonly attempts: number;
  /** Verifications of the last call. */
  readonly verifications: number;
  /** Those among them that could not tell. */
  readonly undecided: number;
  /** Summary of how the last call failed. */
  readonly lastError: string | null;
  /** What the last verification found, or what a person decided. */
  readonly lastVerdict: string | null;
  readonly createdAt: number;
  /** When the last call began. */
  readonly calledAt: number;
  /** Since when nobody knows, or `null`. */
  readonly unknownSince: number | null;
  /** From when "it did not happen" is believed. */
  readonly settlesAt: number;
  /** When the next one may look at it, if it is `calling` or `unknown`. */
  readonly dueAt: number;
  /** Whether somebody is at it, until `dueAt` at most. */
  readonly held: boolean;
  readonly changedAt: number;
}
