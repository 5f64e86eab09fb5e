/** What a journal tells its owner. Never a result, never a credential. Kinds may be added: pass over those you do not know. */
export type EffectEvent =
  /** A call's outcome is not known: its answer was lost, or its process went away. */
  | { readonly type: 'unknown'; readonly key: string; readonly idempotencyKey: string; readonly reason: string }
  /** It was found out. */
  | { readonly type: 'resolved'; readonly key: string; readonly idempotencyKey: string; readonly happened: boolean }
  /** A person must settle it. */
  | { readonly type: 'parked'; readonly key: string; readonly idempotencyKey: string; readonly reason: string }
  | { readonly type: 'refused'; readonly key: string; readonly idempotencyKey: string; readonly reason: string }
  /** A call succeeded after its deadline. What was not kept was decided by somebody else meanwhile: look whether they agree. */
  | { readonly type: 'late-result'; readonly key: string; readonly idempotencyKey: string; readonly kept: boolean }
  /** A person settled it. */
  | { readonly type: 'settled'; readonly key: string; readonly happened: boolean | 'unknown' }
  | { readonly type: 'error'; readonly activity: string; readonly error: string };

export type EffectEventListener = (event: EffectEvent) => void;
