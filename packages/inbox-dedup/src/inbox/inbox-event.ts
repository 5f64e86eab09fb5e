import type { GateEvent } from '../gate/gate-event.ts';
import type { Attempts } from '../store/attempt-store.ts';

/** What an inbox tells its owner. Never a payload, never a credential. Kinds may be added: pass over those you do not know. */
export type InboxEvent =
  /** An alarm: a second message under the id of one that was applied. It was not applied; find out why its sender did that. */
  | ({ readonly type: 'id-reused' } & InboxEventSubject)
  /** Set aside: it was started too often and never ended. */
  | { readonly type: 'quarantined'; readonly attempts: Attempts }
  /** A transaction of several messages failed as a whole; they are handled one by one. */
  | { readonly type: 'batch-split'; readonly messages: number; readonly error: string }
  | GateEvent
  | { readonly type: 'error'; readonly activity: string; readonly error: string };

export interface InboxEventSubject {
  readonly consumer: string;
  readonly source: string;
  readonly messageId: string;
  readonly messageType: string;
}

export type InboxEventListener = (event: InboxEvent) => void;
