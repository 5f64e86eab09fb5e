import type { Envelope } from '@holdfast/core';

/** What became of a message: it still waits, was handled, is a dead letter, or its queue gave up. */
export type MessageState = 'waiting' | 'done' | 'dead' | 'given up';

/** One message in the queue, with what became of it. */
export class GivenMessage {
  readonly envelope: Envelope;
  state: MessageState = 'waiting';
  /** How often the handler got it. */
  deliveries = 0;
  /** Why the last delivery did not end it. */
  lastFailure = 'the process died';
  readonly #lost = new Set<number>();

  constructor(envelope: Envelope) {
    this.envelope = envelope;
  }

  get id(): string {
    return this.envelope.id;
  }

  /** Whether this delivery may still settle it. */
  isHeldBy(delivery: number): boolean {
    return this.state === 'waiting' && !this.#lost.has(delivery);
  }

  /** Its lease is over. */
  lose(delivery: number): void {
    this.#lost.add(delivery);
  }
}
