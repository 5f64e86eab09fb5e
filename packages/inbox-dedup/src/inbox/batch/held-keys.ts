import { failureClassOf } from '@holdfast/core';
import { HeldBackError } from '../../errors/held-back-error.ts';
import type { Received } from '../received.ts';
import type { BatchOutcome } from './batch-message.ts';

/**
 * The keys of a batch that wait for a message which failed and may succeed later. A message that never will holds nothing back, and the messages of a
 * gate wait in the database.
 */
export class HeldKeys {
  readonly #isGated: (received: Received) => boolean;
  readonly #failures = new Map<string, unknown>();

  constructor(isGated: (received: Received) => boolean) {
    this.#isGated = isGated;
  }

  /** What becomes of a message without being handled, or `null`: it may be. */
  outcomeOf(received: Received): BatchOutcome | null {
    const { key } = received.envelope;
    if (key === null || !this.#failures.has(key) || this.#isGated(received)) return null;
    return { outcome: 'failed', error: new HeldBackError(key, { cause: this.#failures.get(key) }) };
  }

  /** Notes what became of a message. */
  note(received: Received, outcome: BatchOutcome): void {
    const { key } = received.envelope;
    if (outcome.outcome !== 'failed' || key === null || this.#failures.has(key)) return;
    if (failureClassOf(outcome.error) !== 'permanent' && !this.#isGated(received))
      this.#failures.set(key, outcome.error);
  }
}
