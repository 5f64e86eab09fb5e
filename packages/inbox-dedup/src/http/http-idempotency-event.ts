/** What an {@link HttpIdempotency} tells its owner. Never a payload, never a credential. Kinds may be added: pass over those you do not know. */
export type HttpIdempotencyEvent =
  /** A key came with another request than before: a client that reuses keys. Answered with 422. */
  | { readonly type: 'key-reused'; readonly key: string }
  /** The work of a key was rolled back, because another request took the key over while the process stood still. */
  | { readonly type: 'key-lost'; readonly key: string }
  /** The connection was lost while committing. `resolved` says whether the outcome is known by now. */
  | { readonly type: 'commit-unknown'; readonly key: string; readonly resolved: boolean; readonly error: string }
  /** Renewing or freeing a key failed. It becomes free when its lease ends. */
  | { readonly type: 'error'; readonly activity: 'renew' | 'release'; readonly key: string; readonly error: string };
