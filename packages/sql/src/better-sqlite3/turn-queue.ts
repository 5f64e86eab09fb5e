import type { Clock } from '@holdfast/core';
import { answerWithin } from '../answer-within.ts';

export interface TurnQueueOptions {
  /** How long to wait for a turn. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** Gives one connection to one caller at a time, in the order in which they asked. */
export class TurnQueue {
  readonly #options: TurnQueueOptions;
  readonly #waiting = new Set<() => void>();
  #taken = false;

  constructor(options: TurnQueueOptions) {
    this.#options = options;
  }

  /** Runs `body` when its turn has come; rejects with {@link DatabaseTimeoutError}, without having run it, when that takes too long. */
  async run<Result>(body: () => Result | Promise<Result>): Promise<Result> {
    await this.#take();
    try {
      return await body();
    } finally {
      this.#pass();
    }
  }

  async #take(): Promise<void> {
    if (!this.#taken) {
      this.#taken = true;
      return;
    }
    const turn = Promise.withResolvers<void>();
    this.#waiting.add(turn.resolve);
    try {
      await answerWithin(turn.promise, { activity: 'connect', ...this.#options });
    } catch (error) {
      if (!this.#waiting.delete(turn.resolve)) {
        // It was given its turn in the moment in which it gave up.
        this.#pass();
      }
      throw error;
    }
  }

  #pass(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#taken = false;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
