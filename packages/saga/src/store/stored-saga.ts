import type { StateKind } from '../definition/state-spec.ts';
import type { SagaId } from './saga-id.ts';

/** An instance as it is stored. */
export interface StoredSaga extends SagaId {
  /** The version of its definition, to which it is pinned. */
  readonly definitionVersion: number;
  readonly state: string;
  readonly kind: StateKind;
  /** As JSON. */
  readonly data: string;
  /** Grows by one with each write, for optimistic locking. */
  readonly version: number;
  /** How many entries its history has. */
  readonly transitions: number;
  readonly correlationId: string;
  /** Events that wait for a state that takes them. */
  readonly parked: number;
}
