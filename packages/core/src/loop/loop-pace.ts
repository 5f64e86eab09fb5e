import { backoffMs } from '../backoff/backoff.ts';
import type { Random } from '../ports/random.ts';

/** What a run found: more to do now, nothing to do, or nothing before a known time. */
export type LoopResult = 'busy' | 'idle' | { readonly sleepMs: number };

export interface PauseRange {
  readonly minMs: number;
  readonly maxMs: number;
}

export interface LoopPaceOptions {
  readonly idle: PauseRange;
  readonly error: PauseRange;
  readonly random: Random;
}

/** Decides how long a loop pauses: not at all while busy, longer and longer while idle, with full jitter after errors. */
export class LoopPace {
  readonly #options: LoopPaceOptions;
  #idleMs: number;
  #errors = 0;

  constructor(options: LoopPaceOptions) {
    this.#options = options;
    this.#idleMs = options.idle.minMs;
  }

  /** Failed runs in a row. */
  get consecutiveErrors(): number {
    return this.#errors;
  }

  afterResult(result: LoopResult): number {
    const { idle, random } = this.#options;
    this.#errors = 0;
    if (result === 'idle') {
      const pause = this.#idleMs;
      this.#idleMs = Math.min(idle.maxMs, Math.max(1, pause) * 2);
      // Half of it is chance, so that many instances do not ask the database in step.
      return pause * (1 - random.next() / 2);
    }
    this.#idleMs = idle.minMs;
    if (result === 'busy') return 0;
    return Number.isFinite(result.sleepMs) ? Math.max(0, result.sleepMs) : idle.maxMs;
  }

  afterError(): number {
    const { error, random } = this.#options;
    this.#errors += 1;
    return backoffMs(this.#errors, { baseMs: error.minMs, maxMs: error.maxMs, random });
  }
}
