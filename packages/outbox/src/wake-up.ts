/**
 * Tells the relays of one process that a message may be about to become visible. A hint: a lost one costs latency,
 * never a message.
 */
export class WakeUp {
  readonly #listeners = new Set<() => void>();

  /** Calls every listener. Cheap when there is none. */
  signal(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Returns the function that ends the subscription. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}
