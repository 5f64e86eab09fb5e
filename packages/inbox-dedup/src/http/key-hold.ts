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
    const { leaseMs, maxWorkMs, clock } = this.#options;
    const deadline = clock.monotonic() + maxWorkMs;
    await clock.sleep(Math.min(leaseMs / 3, maxWorkMs), this.#ended.signal);
    if (this.#ended.signal.aborted) return;
    // Beside each other, because a renewal may wait long for its answer. Most works are done by now, and need no second timer.
    await Promise.all([this.#limit(deadline), this.#renewals(deadline)]);
  }

  async #limit(deadline: number): Promise<void> {
    const { maxWorkMs, clock } = this.#options;
    const left = deadline - clock.monotonic();
    if (left > 0) await clock.sleep(left, this.#ended.signal);
    this.#abort(new WorkOverdueError(maxWorkMs));
  }

  async #renewals(deadline: number): Promise<void> {
    const { key, leaseMs, clock } = this.#options;
    while (!this.#ended.signal.aborted && clock.monotonic() < deadline) {
      if (!(await this.#renewed())) return this.#abort(new KeyLostError(key));
      await clock.sleep(leaseMs / 3, this.#ended.signal);
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

  /** The first reason counts. What is known after the end says nothing about the work. */
  #abort(reason: KeyLostError | WorkOverdueError): void {
    if (!this.#ended.signal.aborted) this.#work.abort(reason);
  }
}
