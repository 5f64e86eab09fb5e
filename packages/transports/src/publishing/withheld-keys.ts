/**
 * The keys of which a message failed and the receipt has not been given yet: later messages of such a key must not be
 * taken, or they would overtake the failed one when it is published again.
 */
export class WithheldKeys {
  readonly #failures = new Map<string, number>();

  /** Counts one failed message. */
  withhold(key: string): void {
    this.#failures.set(key, (this.#failures.get(key) ?? 0) + 1);
  }

  has(key: string): boolean {
    return this.#failures.size > 0 && this.#failures.has(key);
  }

  /**
   * Frees these keys (once for each failed message) after everything that is already queued to run, and before what
   * awaits a promise that is resolved after this call: so call it right before the receipts are given.
   */
  releaseBeforeReceipts(keys: readonly string[]): void {
    if (keys.length === 0) return;
    queueMicrotask(() => {
      for (const key of keys) this.#release(key);
    });
  }

  #release(key: string): void {
    const left = (this.#failures.get(key) ?? 0) - 1;
    if (left > 0) this.#failures.set(key, left);
    else this.#failures.delete(key);
  }
}
