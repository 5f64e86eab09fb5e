import type { SqlExecutor } from '@holdfast/sql';
import type { StateKind } from '../definition/state-spec.ts';

/** How many instances have a timer set, or an event parked, in a state of a version. */
export interface WaitingCount {
  readonly saga: string;
  /** With {@link state} and {@link kind} `null` where the instance has not begun. */
  readonly definitionVersion: number | null;
  readonly state: string | null;
  readonly kind: StateKind | null;
  /** Of the timer; the type of the event. */
  readonly name: string;
  readonly instances: number;
  /** Some of their keys. */
  readonly sample: readonly string[];
}

export interface WaitingQuery {
  readonly sagas: readonly string[];
  /** How many keys, at least 1. */
  readonly sample: number;
}

/** What instances wait for, counted. Nothing is locked. */
export interface SagaWaitingQueries {
  timers(executor: SqlExecutor, query: WaitingQuery): Promise<readonly WaitingCount[]>;
  parked(executor: SqlExecutor, query: WaitingQuery): Promise<readonly WaitingCount[]>;
}
