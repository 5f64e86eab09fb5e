import type { DialectName, SqlExecutor } from '@holdfast/sql';

/** A key of one caller. Two callers may use the same key: they know nothing of each other. */
export interface ScopedKey {
  /** SHA-256 of the caller's identity, which is itself not stored. */
  readonly scope: Uint8Array;
  readonly key: string;
}

/** The right to run the work of a key. Whoever takes the key over has another token: what is written is conditional on it. */
export interface KeyHolder extends ScopedKey {
  /** Unique for ever, so that a token never fits a later row of the same key. */
  readonly token: string;
}

export interface KeyClaim extends KeyHolder {
  /** SHA-256 of what the request asks for. */
  readonly fingerprint: Uint8Array;
  /** For how long the key is held without a renewal, by the database's clock. */
  readonly leaseMs: number;
  /** For how long the answer is kept, counted from this claim. */
  readonly retentionMs: number;
}

/** An answer as it is kept. */
export interface StoredAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

/**
 * - `claimed`: the work is to be run, by this token
 * - `running`: another token holds the key. `retryAfterMs` is as long as its work has lasted, and at most what is left of its lease
 * - `stored`: the answer is there
 */
export type ClaimResult =
  | { readonly state: 'claimed' }
  | { readonly state: 'running'; readonly fingerprint: Uint8Array; readonly retryAfterMs: number }
  | { readonly state: 'stored'; readonly fingerprint: Uint8Array; readonly answer: StoredAnswer };

/**
 * Idempotency keys in one SQL dialect. It holds no connection: every call is given what it runs on.
 *
 * Guarantees: of any number of claims of one key at the same time exactly one is `claimed`, until its lease ends, its
 * holder gives it up, or the answer's retention is over. `complete` runs in the transaction of the work, and that
 * transaction commits only if the token still holds the key: so of several that believe they hold it, one commits.
 */
export interface IdempotencyStore {
  readonly dialect: DialectName;
  /** Committed by itself. Needs no durability: a claim that a crash of the database loses makes its holder roll back. The same token may claim again. */
  claim(executor: SqlExecutor, claim: KeyClaim): Promise<ClaimResult>;
  /** Prolongs the lease by its length from now, also one that has ended and that nobody took. `false` when the token no longer holds the key. */
  renew(executor: SqlExecutor, holder: KeyHolder & { readonly leaseMs: number }): Promise<boolean>;
  /**
   * Keeps the answer, in the transaction of the work, as its last statement: with {@link CommitHooks} it travels with COMMIT.
   * @throws KeyLostError when the token does not hold the key: here, or from the transaction's end. Either rolls it back.
   */
  complete(executor: SqlExecutor, holder: KeyHolder, answer: StoredAnswer): Promise<void>;
  /** Frees the key. `false` when the token does not hold it, or its answer is kept. Waits for a transaction that is keeping it. */
  release(executor: SqlExecutor, holder: KeyHolder): Promise<boolean>;
  /** Removes at most `limit` keys whose retention is over, oldest first, without waiting for locked ones. Returns how many. */
  purge(executor: SqlExecutor, limit: number): Promise<number>;
}
