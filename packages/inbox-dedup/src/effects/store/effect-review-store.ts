import type { SqlExecutor } from '@holdfast/sql';
import type { EffectIdentity, EffectRecord } from './effect-record.ts';

/** Looks at effects, settles them by hand, and forgets old ones. */
export interface EffectReviewStore {
  find(executor: SqlExecutor, identity: EffectIdentity): Promise<EffectRecord | null>;
  /** In the order of their keys. */
  list(executor: SqlExecutor, query: EffectQuery): Promise<readonly EffectRecord[]>;
  /** Unless it is done, refused or free already, or somebody is at it: `false`, and nothing was changed. Fences every holder. */
  settle(executor: SqlExecutor, identity: EffectIdentity, settlement: EffectSettlement): Promise<boolean>;
  /** Deletes effects that are done, refused or free for longer than `retentionMs`, at most `limit`. Never waits for others. */
  purge(executor: SqlExecutor, request: EffectPurge): Promise<number>;
  stats(executor: SqlExecutor, journal: string): Promise<EffectStats>;
}

export interface EffectQuery {
  readonly journal: string;
  readonly state: OpenEffectState;
  /** Only keys after this one. */
  readonly after: string | null;
  readonly limit: number;
}

/** What is not settled, and so can be listed at a cost that does not depend on what is. */
export type OpenEffectState = 'calling' | 'unknown' | 'parked';

export const openEffectStates: readonly OpenEffectState[] = ['calling', 'unknown', 'parked'];

export interface EffectSettlement {
  /** `unknown`: to be verified again, from the start. */
  readonly state: 'done' | 'free' | 'unknown';
  readonly result: Uint8Array | null;
  readonly verdict: string;
}

export interface EffectPurge {
  readonly journal: string;
  readonly retentionMs: number;
  readonly limit: number;
}

/** Rows are counted up to a bound: figures must not cost more when there is more. */
export interface EffectStats {
  /** Under way: called at this moment. */
  readonly calling: number;
  /** To be verified, those whose caller went away included. */
  readonly unknown: number;
  readonly parked: number;
  /** How long the oldest `unknown` has been unknown, in milliseconds; 0 when there is none. */
  readonly oldestUnknownMs: number;
  readonly oldestParkedMs: number;
}
