import type { Random } from '@holdfast/core';

export interface PollPaceOptions {
  readonly minMs: number;
  readonly maxMs: number;
  readonly random: Random;
}

/** How long to wait before a queue that was empty is asked again: twice as long each time, with jitter. */
export class PollPace {
  readonly #options: PollPaceOptions;
  #nextMs: number;

  constructor(options: PollPaceOptions) {
    this.#options = options;
    this.#nextMs = options.minMs;
  }

  /** Something came, or is about to. */
  reset(): void {
    this.#nextMs = this.#options.minMs;
  }

  /** Between half of the pause and all of it, so that processes that began together do not ask together. */
  next(): number {
    const { maxMs, random } = this.#options;
    const pause = this.#nextMs;
    this.#nextMs = Math.min(maxMs, pause * 2);
    return pause * (0.5 + random.next() / 2);
  }
}
