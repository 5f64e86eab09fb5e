/**
 * Something to be done outside, at most once: a charge, a mail, a booking. `call` does it, `verify` finds out whether it was done when
 * its answer was lost.
 */
export interface Effect<Result> {
  /**
   * Does it. It judges the whole answer, not its status alone, and ends in one of these ways:
   * - resolves: it was done. The result must be JSON, and is kept;
   * - rejects with {@link PermanentError} (or an error of yours of class `permanent`): it was refused, for ever;
   * - rejects with {@link OverloadedError}: it was *certainly* not done (429, connection refused); it may be called again;
   * - everything else, and a missed deadline: nobody knows. `verify` will find out.
   */
  readonly call: (context: CallContext) => Promise<Result>;
  /**
   * Asks whether it was done, by the idempotency key. `call-again` instead of it says that the provider makes repeated calls with one
   * idempotency key safe, and answers them as the first: then calling again is how to find out.
   */
  readonly verify: VerifyEffect<Result> | 'call-again';
  /** How long `call` may take, in milliseconds, before its outcome counts as unknown. @default the journal's */
  readonly deadlineMs?: number;
  /** What a person must know to settle it by hand, up to 1,000 bytes: `12.50 EUR for order 4711`. Kept with the effect. */
  readonly about?: string;
  /** Stops: before the call nothing is done; in the middle of it, the outcome is unknown. */
  readonly signal?: AbortSignal | undefined;
}

export interface CallContext {
  readonly key: string;
  /** The same in every attempt and process: hand it to the provider. In the shape of a UUID. */
  readonly idempotencyKey: string;
  /** Calls of this effect, this one included. */
  readonly attempt: number;
  /** Aborted at the deadline. A call that ignores it goes on without anybody waiting for it. */
  readonly signal: AbortSignal;
}

export type VerifyEffect<Result> = (context: VerifyContext) => Promise<Verdict<Result>>;

export interface VerifyContext {
  readonly key: string;
  readonly idempotencyKey: string;
  /** Calls that were made. */
  readonly attempts: number;
  /** What `perform` was told about it. */
  readonly about: string | null;
  readonly signal: AbortSignal;
}

/**
 * What `verify` found out. `happened: false` says that it was not done *and* that it cannot be done later by a request that is still
 * on its way; the journal believes it only when `settleMs` have passed since the call ended. An answer that a request is being worked
 * on is `unknown`. A rejection of `verify` (the provider is down) is no verdict.
 */
export type Verdict<Result> =
  | { readonly happened: true; readonly result: Result }
  | { readonly happened: false }
  | { readonly happened: 'unknown'; readonly reason?: string };
