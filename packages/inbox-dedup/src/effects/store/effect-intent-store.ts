import type { SqlExecutor } from '@holdfast/sql';
import type { EffectIdentity, EffectRecord } from './effect-record.ts';

/**
 * Who may call, and what came of it. At most one holder of an effect at a time, by the database's clock; every change of holder gives a
 * greater token, and every write of a holder is conditional on its token. What a call resolves to is committed.
 */
export interface EffectIntentStore {
  /**
   * Writes the intent to call, when the effect is new or free; or takes over what is due, when it is unknown: its outcome was not found
   * out yet, or its holder's lease ran out during the call. Otherwise changes nothing and says what there is.
   */
  claim(executor: SqlExecutor, request: EffectClaimRequest): Promise<EffectClaim>;
  /** The same for the effect of a journal that has been due for longest, if there is one whose outcome is unknown. */
  claimDue(executor: SqlExecutor, request: EffectDueRequest): Promise<HeldEffect | null>;
  /**
   * The holder is about to call (again): counts the call if it was not, and gives a full lease from now. Late keeps of calls before stay
   * possible until then. `false`: the hold is lost; do not call.
   */
  begin(executor: SqlExecutor, hold: EffectHold, request: EffectBegin): Promise<boolean>;
  /**
   * It happened, with this result (`null` for none). Also after the lease ran out or the effect was released, as long as nobody else
   * claimed it: it is the truth. `false`: somebody else holds it or has settled it.
   */
  keep(executor: SqlExecutor, hold: EffectHold, kept: EffectKept): Promise<boolean>;
  /** Ends the hold in another way, or, for `held`, goes on to verify under it. `false`: the hold is lost; nothing was changed. */
  release(executor: SqlExecutor, hold: EffectHold, release: EffectRelease): Promise<boolean>;
}

export interface EffectClaimRequest extends EffectIdentity {
  /** For a new effect. One that is known keeps its own. */
  readonly idempotencyKey: string;
  readonly about: string | null;
  readonly leaseMs: number;
  /** How long after the lease of a call "it did not happen" is believed, if nothing else is heard of the call. */
  readonly settleMs: number;
}

export interface EffectDueRequest {
  readonly journal: string;
  readonly leaseMs: number;
}

export interface EffectHold extends EffectIdentity {
  readonly token: bigint;
}

/** An effect that was claimed. */
export interface HeldEffect {
  readonly hold: EffectHold;
  readonly record: EffectRecord;
  /** How long "it did not happen" is not believed yet, in milliseconds; 0 when it is. */
  readonly settlesInMs: number;
  readonly unknownForMs: number;
  /** Whether this claim found that its last holder went away. */
  readonly abandoned: boolean;
}

/**
 * - `call`: call it
 * - `verify`: find out first
 * - `settled`: done, refused or parked
 * - `busy`: somebody is at it; `waiting`: it is unknown, and to be looked at later
 */
export type EffectClaim =
  | ({ readonly outcome: 'call' | 'verify' } & HeldEffect)
  | { readonly outcome: 'settled'; readonly record: EffectRecord; readonly result: Uint8Array | null }
  | { readonly outcome: 'busy' | 'waiting'; readonly record: EffectRecord; readonly retryAfterMs: number };

export interface EffectBegin {
  readonly leaseMs: number;
  readonly settleMs: number;
  /** Whether what came before certainly did not happen: then its verifications are forgotten. */
  readonly fresh: boolean;
}

export interface EffectKept {
  readonly result: Uint8Array | null;
  /** How it was found out, if not by the call. */
  readonly verdict: string | null;
}

export interface EffectRelease {
  readonly state: 'unknown' | 'free' | 'refused' | 'parked';
  /** Of the call. `null` leaves what is known. */
  readonly error?: string | null;
  /** Of a verification, which is counted then. */
  readonly verdict?: string | null;
  /** Whether the verification could not tell. */
  readonly undecided?: boolean;
  /** When the next one may look at it, from now; for `held`, the lease. @default 0 */
  readonly dueInMs?: number;
  /** When "it did not happen" is believed, from now. Left out: as it was. */
  readonly settleInMs?: number | null;
  /** The holder goes on. @default false */
  readonly held?: boolean;
}
