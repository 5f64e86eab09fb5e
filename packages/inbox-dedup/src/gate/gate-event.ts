import type { Sequence } from '../store/gate-store.ts';

/** A message in its place. */
export interface GateSubject {
  readonly sequence: Sequence;
  readonly number: bigint;
  readonly messageId: string;
  readonly messageType: string;
}

/** What a sequence gate tells the owner of its inbox. Never a payload, never a credential. */
export type GateEvent =
  /** It came early, and waits in the database. */
  | ({ readonly type: 'parked' } & GateSubject)
  /** It was parked, its turn came, and it is applied. */
  | ({ readonly type: 'released' } & GateSubject)
  /** It is next and failed for good: a person must retry, skip or replace it. */
  | ({ readonly type: 'key-blocked'; readonly reason: string } & GateSubject)
  /** It was parked, its turn came, and it failed; it is tried again. */
  | ({ readonly type: 'release-failed'; readonly reason: string; readonly retryInMs: number } & GateSubject)
  /** Its number was applied, skipped or replaced, and its id was not applied: it was dropped. */
  | ({ readonly type: 'stale' } & GateSubject)
  /** Too many wait for one of its key: it stays with the broker. */
  | ({ readonly type: 'too-many-parked'; readonly parked: number } & GateSubject)
  /** Another message is parked under its number. */
  | ({ readonly type: 'sequence-reused' } & GateSubject)
  /** The database failed while parked messages were released; `releaseReady()` goes on with them. */
  | { readonly type: 'release-interrupted'; readonly sequence: Sequence; readonly error: string };
