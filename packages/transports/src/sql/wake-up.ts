/** `null` means every queue. */
type Listener = (queueId: number | null) => void;

const wakeUps = new WeakMap<object, WakeUp>();

/**
 * Tells the readers of one process that there may be something to pull. A hint: a lost one costs the time to the next poll.
 */
export class WakeUp {
  readonly #listeners = new Set<Listener>();

  /** The same for all transports on one database object. */
  static of(database: object): WakeUp {
    const known = wakeUps.get(database) ?? new WakeUp();
    wakeUps.set(database, known);
    return known;
  }

  signal(queueId: number | null): void {
    for (const listener of this.#listeners) listener(queueId);
  }

  /** Returns the function that ends the subscription. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}
