import type { SagaId } from './saga-id.ts';

/** An event that waits until its instance begins or comes to a state that takes it. */
export interface ParkedEvent {
  readonly source: string;
  readonly id: string;
  readonly type: string;
  /** The message as JSON. */
  readonly message: string;
}

/** A parked event and what it waits for. */
export interface WaitingEvent {
  readonly instance: SagaId;
  readonly event: ParkedEvent;
}
