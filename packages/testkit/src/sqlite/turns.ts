import { DatabaseTimeoutError } from '@holdfast/sql';
import type { Simulation } from '../kernel/simulation.ts';

/** Gives a connection to one caller at a time, in the order in which they asked. */
export class Turns {
  readonly #simulation: Simulation;
  readonly #timeoutMs: number | null;
  readonly #waiting = new Set<() => void>();
  #isTaken = false;

  /** @param timeoutMs how long a caller waits for its turn, in virtual milliseconds; `null`: for ever. */
  constructor(simulation: Simulation, timeoutMs: number | null) {
    this.#simulation = simulation;
    this.#timeoutMs = timeoutMs;
  }

  /** Runs `body` when its turn has come. @throws DatabaseTimeoutError when that takes too long; `body` has not run then. */
  async run<Result>(body: () => Promise<Result>): Promise<Result> {
    await this.take();
    try {
      return await body();
    } finally {
      this.pass();
    }
  }

  /** Resolves when it is the caller's turn, until it calls `pass`. */
  async take(): Promise<void> {
    if (!this.#isTaken) {
      this.#isTaken = true;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const turn = () => {
        if (timer !== null) timer.cancelled = true;
        resolve();
      };
      const giveUp = (timeoutMs: number) => {
        if (this.#waiting.delete(turn)) reject(new DatabaseTimeoutError('connect', timeoutMs));
      };
      const timeoutMs = this.#timeoutMs;
      const timer = timeoutMs === null ? null : this.#simulation.after(timeoutMs, () => giveUp(timeoutMs));
      this.#waiting.add(turn);
    });
  }

  pass(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#isTaken = false;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
