import type { HistoryEntry } from './history-entry.ts';
import type { ParkedEvent } from './parked-event.ts';
import type { StoredSaga } from './stored-saga.ts';

/** All that one transaction changes about one instance. */
export interface SagaWrite extends StoredSaga {
  /** The version that was read; `null`: the instance must not exist. */
  readonly expectedVersion: number | null;
  /** How long it is kept from now on, in milliseconds, because it is over; `null`: it is not. */
  readonly keepMs: number | null;
  readonly history: readonly HistoryEntry[];
  /** Timers that end; those in {@link schedule} are not in it. */
  readonly cancel: readonly string[];
  /** Timers that are set, or set anew, in milliseconds from now by the database's clock. Their epoch is {@link StoredSaga.version}. */
  readonly schedule: readonly { readonly timer: string; readonly afterMs: number }[];
  readonly park: readonly ParkedEvent[];
  /** Parked events that were taken. */
  readonly release: readonly Pick<ParkedEvent, 'source' | 'id'>[];
}
