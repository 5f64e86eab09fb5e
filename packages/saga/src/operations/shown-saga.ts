import type { DataChange } from '../runtime/data-change.ts';
import type { HistoryEntry } from '../store/history-entry.ts';
import type { ListedSaga, ListedTimer, SagaListQuery } from '../store/saga-queries.ts';
import type { TakenInputs } from './taken-inputs.ts';

/** An instance without its data. Times are milliseconds since the Unix epoch by the database's clock. */
export type SagaSummary = Omit<ListedSaga, 'data' | 'version'>;

export interface ListRequest extends Omit<SagaListQuery, 'limit'> {
  /** @default 100 */
  readonly limit?: number;
}

export interface SagaPage {
  /** Those that began first come first. */
  readonly instances: readonly SagaSummary[];
  /** The `after` of the next page; `null`: this is the last one. */
  readonly next: { readonly startedAt: number; readonly key: string } | null;
}

export interface ShowOptions {
  /**
   * Shows data that the definition redacts, and the messages of parked events. What was redacted when it was written to the history is not
   * there any more. @default false
   */
  readonly reveal?: boolean;
}

export interface ShownEntry extends Omit<HistoryEntry, 'changes' | 'sent'> {
  readonly at: number;
  readonly changes: readonly DataChange[];
  readonly sent: readonly { readonly type: string; readonly id: string }[];
}

export interface ShownParkedEvent {
  readonly source: string;
  readonly id: string;
  readonly type: string;
  readonly parkedAt: number;
  /** Only when it was asked to be revealed. */
  readonly message?: unknown;
}

/** All there is about one instance. */
export interface ShownSaga {
  readonly instance: SagaSummary & { readonly data: unknown };
  readonly history: readonly ShownEntry[];
  readonly timers: readonly ListedTimer[];
  readonly parked: readonly ShownParkedEvent[];
  /** What its state takes; nothing where this process does not have its definition. */
  readonly takes: TakenInputs;
}
