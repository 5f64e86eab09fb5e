import type { StateKind } from '../definition/state-spec.ts';
import type { HistoryCause } from '../store/history-entry.ts';
import type { SagaId } from '../store/saga-id.ts';
import type { StoredTimer } from '../store/timer-store.ts';

/** An event and the instance that it came to. */
export interface SagaEventSubject extends SagaId {
  /** `null`: there is no such instance. */
  readonly state: string | null;
  readonly messageSource: string;
  readonly messageId: string;
  readonly messageType: string;
}

/** What a runtime and its worker tell their owner. Never a payload, never a credential. Kinds may be added: pass over those you do not know. */
export type SagaEvent =
  /** An instance has moved. An alarm when `kind` is `attention`: a person must look. */
  | ({
      readonly type: 'transition';
      readonly definitionVersion: number;
      readonly cause: HistoryCause;
      /** The event's type, the timer's name, the operator's action. */
      readonly name: string;
      /** `null`: it began. */
      readonly from: string | null;
      readonly to: string;
      readonly kind: StateKind;
      readonly label: string | null;
      /** The types of what was sent. */
      readonly sent: readonly string[];
    } & SagaId)
  | ({ readonly type: 'parked' } & SagaEventSubject)
  | ({ readonly type: 'ignored' } & SagaEventSubject)
  /** A parked event could not be taken when its instance moved. It stays parked, and is tried again by the next move. */
  | ({ readonly type: 'parked-failed'; readonly error: string } & SagaEventSubject)
  /** `lagMs`: how long it had been due, by the database's clock. */
  | ({ readonly type: 'timer-fired'; readonly lagMs: number } & StoredTimer)
  /** It ran out in a state that does not take it, and is gone. */
  | ({ readonly type: 'timer-stale' } & StoredTimer)
  /** It is tried again after `retryInMs`; others go on. */
  | ({
      readonly type: 'timer-failed';
      readonly failures: number;
      readonly retryInMs: number;
      readonly error: string;
    } & StoredTimer)
  /** A transaction of several timers failed as a whole; they are fired one by one. */
  | { readonly type: 'timers-split'; readonly timers: number; readonly error: string }
  /** Finished instances whose time was over, and parked events of instances that never began. */
  | { readonly type: 'purged'; readonly instances: number; readonly parked: number }
  /** A run of the worker failed; the next one tries again. */
  | { readonly type: 'error'; readonly activity: string; readonly error: string }
  | { readonly type: 'stalled'; readonly activity: string };

export type SagaEventListener = (event: SagaEvent) => void;
