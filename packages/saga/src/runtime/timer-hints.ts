/**
 * Tells in this process that timers were set, so that a worker need not look for them all the time. A hint: a lost one costs the
 * time to the next look, and one of a transaction that was rolled back costs a look.
 */
export class TimerHints {
  readonly #listeners = new Set<(afterMs: number) => void>();

  /** @returns a function that ends it */
  subscribe(listener: (afterMs: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @param afterMs of the timer that runs out first */
  tell(afterMs: number): void {
    for (const listener of this.#listeners) listener(afterMs);
  }
}
