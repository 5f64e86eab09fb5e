/** One life of a simulated process, from its start to its end. Whatever belongs to it ends with it. */
export class Incarnation {
  /** The name of the process, e.g. `relay-1`. */
  readonly process: string;
  /** Counts the lives of the process, from 1. */
  readonly number: number;
  /** Somebody outside, whom no fault touches. */
  readonly isOutside: boolean;
  readonly #endings = new Set<() => void>();
  #alive = true;
  /** Nothing happens inside before this virtual time. */
  pausedUntil = 0;

  constructor(process: string, number: number, isOutside = false) {
    this.process = process;
    this.number = number;
    this.isOutside = isOutside;
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  /** What the operating system does when the process is gone: connections break, transactions roll back. Runs in the order in which it was asked for. Returns a function that takes it back. */
  onEnd(ending: () => void): () => void {
    this.#endings.add(ending);
    return () => this.#endings.delete(ending);
  }

  end(): void {
    if (!this.#alive) return;
    this.#alive = false;
    for (const ending of this.#endings) ending();
    this.#endings.clear();
  }
}
