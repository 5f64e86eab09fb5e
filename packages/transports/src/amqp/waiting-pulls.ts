import type { Delivery } from '@holdfast/core';

export interface PullRequest {
  readonly max: number;
  readonly waitMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface WaitingPull {
  readonly max: number;
  /** Both on `Clock.monotonic()`. */
  readonly startedAt: number;
  readonly deadline: number;
  readonly end: (result: readonly Delivery[] | Error) => void;
}

/** The pulls that wait for messages, in the order in which they came. Aborting one ends it with no messages. */
export class WaitingPulls implements Iterable<WaitingPull> {
  readonly #pulls = new Set<WaitingPull>();

  get size(): number {
    return this.#pulls.size;
  }

  /** How many messages they can take together. */
  get demand(): number {
    let sum = 0;
    for (const { max } of this.#pulls) sum += max;
    return sum;
  }

  get earliestDeadline(): number {
    let earliest = Infinity;
    for (const { deadline } of this.#pulls) earliest = Math.min(earliest, deadline);
    return earliest;
  }

  add({ max, waitMs, signal }: PullRequest, now: number, onAborted: () => void): Promise<readonly Delivery[]> {
    return new Promise((resolve, reject) => {
      const end = (result: readonly Delivery[] | Error) => {
        signal?.removeEventListener('abort', abort);
        this.#pulls.delete(pull);
        if (result instanceof Error) reject(result);
        else resolve(result);
      };
      const abort = () => {
        end([]);
        onAborted();
      };
      const pull: WaitingPull = { max, startedAt: now, deadline: now + waitMs, end };
      signal?.addEventListener('abort', abort);
      this.#pulls.add(pull);
    });
  }

  /** Those whose time is over. */
  overdue(now: number): readonly WaitingPull[] {
    return [...this.#pulls].filter(({ deadline }) => deadline <= now);
  }

  endAll(result: readonly Delivery[] | Error): void {
    for (const pull of this.#pulls) pull.end(result);
  }

  [Symbol.iterator](): Iterator<WaitingPull> {
    return this.#pulls.values();
  }
}
