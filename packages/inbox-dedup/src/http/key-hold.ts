import type { Clock } from '@holdfast/core';
import { KeyLostError } from './errors/key-lost-error.ts';
import { WorkOverdueError } from './errors/work-overdue-error.ts';

export interface KeyHoldOptions {
  readonly key: string;
  readonly leaseMs: number;
  readonly maxWorkMs: number;
  readonly clock: Clock;
  /** `false`: somebody else has the key. */
  readonly renew: () => Promise<boolean>;
  readonly onError: (error: unknown) => void;
}

/**
 * Keeps a key while its work runs: from a third of the lease on it is renewed, and again after each further third. A renewal that fails
 * is tried again and aborts nothing, since the token decides in the end; one that says the key is lost does.
 */
export class KeyHold {
  /** Resolves when nothing of it runs any more, which is soon after `end`. */
  readonly settled: Promise<void>;
  readonly #options: KeyHoldOptions;
  readonly #ended = new AbortController();
  readonly #work = new AbortController();

  constructor(options: KeyHoldOptions) {
    this.#options = options;
    this.settled = this.#keep();
  }

  /** For the work. Its reason is a {@link KeyLostError} or a {@link WorkOverdueError}. */
  get signal(): AbortSignal {
    return this.#work.signal;
  }

  end(): void {
    // With a reason: without one an error with its stack is made each time.
    this.#ended.abort('ended');
  }

  async #keep(): Promise<void> {
    const { key, leaseMs, maxWorkMs, clock } = this.#options;
    const deadline = clock.monotonic() + maxWorkMs;
    for (let left = maxWorkMs; ; ) {
      await clock.sleep(Math.min(leaseMs / 3, left), this.#ended.signal);
      if (this.#ended.signal.aborted) return;
      left = deadline - clock.monotonic();
      if (left <= 0) return this.#abort(new WorkOverdueError(maxWorkMs));
      if (!(await this.#renewed())) return this.#abort(new KeyLostError(key));
    }
  }

  async #renewed(): Promise<boolean> {
    try {
      return await this.#options.renew();
    } catch (error) {
      this.#options.onError(error);
      return true;
    }
  }

  /** A renewal that is answered after the end says nothing about the work. */
  #abort(reason: KeyLostError | WorkOverdueError): void {
    if (!this.#ended.signal.aborted) this.#work.abort(reason);
  }
}
