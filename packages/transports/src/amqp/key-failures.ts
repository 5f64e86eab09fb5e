/** What failed of a key, and which messages that concerns: handed in after `after` and before `until`. */
interface KeyFailure {
  after: number;
  /** Messages that failed and whose receipts have not been given. */
  open: number;
  until: number;
}

/**
 * Keeps the contract's rule of keys for messages that are numbered as they are handed in: after a message failed, no later
 * one of its key is accepted that was handed in before that failure was told, however early its own answer came.
 */
export class KeyFailures {
  readonly #failures = new Map<string, KeyFailure>();
  #latestUntil = 0;
  #open = 0;

  /** Counts one failed message. */
  fail(key: string, number: number): void {
    this.#open += 1;
    const failure = this.#failures.get(key);
    if (failure === undefined) {
      this.#failures.set(key, { after: number, open: 1, until: 0 });
      return;
    }
    failure.open += 1;
    failure.after = Math.min(failure.after, number);
  }

  /** Whether the message with this number must not be accepted. */
  concerns(key: string, number: number): boolean {
    if (this.#failures.size === 0) return false;
    const failure = this.#failures.get(key);
    return failure !== undefined && number > failure.after && (failure.open > 0 || number < failure.until);
  }

  /**
   * The failures of these keys (once for each failed message) are told by a promise that is resolved right after this
   * call. `next` gives the number of the next message that is handed in: those before it did not know.
   */
  tell(keys: readonly string[], next: () => number): void {
    if (keys.length === 0) return;
    queueMicrotask(() => {
      const until = next();
      this.#latestUntil = until;
      this.#open -= keys.length;
      for (const key of keys) this.#tell(key, until);
    });
  }

  /** Forgets what concerns no message any more, given the number of the oldest one without a receipt. */
  forgetBefore(oldest: number): void {
    if (this.#failures.size > 0 && this.#open === 0 && oldest >= this.#latestUntil) this.#failures.clear();
  }

  #tell(key: string, until: number): void {
    const failure = this.#failures.get(key);
    if (failure === undefined) return;
    failure.open -= 1;
    failure.until = until;
  }
}
