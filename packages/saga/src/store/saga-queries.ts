import type { SqlExecutor } from '@holdfast/sql';
import type { StateKind } from '../definition/state-spec.ts';
import type { HistoryEntry } from './history-entry.ts';
import type { ParkedEvent } from './parked-event.ts';
import type { SagaId } from './saga-id.ts';
import type { StoredSaga } from './stored-saga.ts';
import type { StoredTimer } from './timer-store.ts';

/** An instance with its times, in milliseconds since the Unix epoch by the database's clock. */
export interface ListedSaga extends StoredSaga {
  readonly startedAt: number;
  /** Of its last transition. */
  readonly changedAt: number;
  readonly finishedAt: number | null;
}

export interface SagaListQuery {
  readonly saga: string;
  readonly states?: readonly string[] | undefined;
  readonly kinds?: readonly StateKind[] | undefined;
  readonly definitionVersions?: readonly number[] | undefined;
  /** Only instances that have not changed for this long, in milliseconds. */
  readonly unchangedForMs?: number | undefined;
  /** Goes on behind this instance. */
  readonly after?: { readonly startedAt: number; readonly key: string } | undefined;
  readonly limit: number;
}

/** How many instances are in a state of a version. */
export interface SagaCount {
  readonly saga: string;
  readonly definitionVersion: number;
  readonly state: string;
  readonly kind: StateKind;
  readonly instances: number;
  /** Some of their keys, the oldest first. */
  readonly sample: readonly string[];
}

export interface ListedTimer extends StoredTimer {
  /** In milliseconds since the Unix epoch. */
  readonly dueAt: number;
  readonly failures: number;
  readonly lastError: string | null;
}

export interface TimedHistoryEntry extends HistoryEntry {
  /** In milliseconds since the Unix epoch, by the database's clock. */
  readonly at: number;
}

export interface TimedParkedEvent extends ParkedEvent {
  readonly parkedAt: number;
}

/** How many instances of a saga wait for a person. */
export interface SagaAttention {
  readonly saga: string;
  readonly instances: number;
  /** For how long the first of them has not changed, in milliseconds. */
  readonly oldestMs: number;
}

/** What operators and checks read. Nothing is locked. */
export interface SagaQueries {
  /** Oldest start first. */
  list(executor: SqlExecutor, query: SagaListQuery): Promise<readonly ListedSaga[]>;
  /** `null`: there is no such instance. */
  find(executor: SqlExecutor, id: SagaId): Promise<ListedSaga | null>;
  /** In its order, from 1. */
  history(executor: SqlExecutor, id: SagaId): Promise<readonly TimedHistoryEntry[]>;
  timers(executor: SqlExecutor, id: SagaId): Promise<readonly ListedTimer[]>;
  parked(executor: SqlExecutor, id: SagaId): Promise<readonly TimedParkedEvent[]>;
  /** Of all instances that are stored, finished ones too. */
  counts(
    executor: SqlExecutor,
    query: { readonly sagas: readonly string[]; readonly sample: number },
  ): Promise<readonly SagaCount[]>;
  /** Instances in states of the kind `attention`; sagas without one are left out. For gauges: it reads nothing else. */
  attention(executor: SqlExecutor, sagas: readonly string[]): Promise<readonly SagaAttention[]>;
}
