import type { Clock } from '../ports/clock.ts';

interface Sleeper {
  readonly wakeAt: number;
  readonly wake: () => void;
}

export interface ManualClockOptions {
  /** Wall-clock time at the start, in milliseconds since the Unix epoch. @default 1_800_000_000_000 */
  readonly now?: number;
}

// Taken when loaded, so that fake timers of a test runner do not stop it.
const nextTurn = globalThis.setImmediate;

/** Time that stands still until a test moves it. `sleep(0)` resolves by itself. */
export class ManualClock implements Clock {
  #now: number;
  #monotonic = 0;
  readonly #sleepers = new Set<Sleeper>();

  constructor(options: ManualClockOptions = {}) {
    this.#now = options.now ?? 1_800_000_000_000;
  }

  /** Sleeps that have not ended, for tests of leaks. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted || !(ms > 0)) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper = {
        wakeAt: this.#monotonic + ms,
        wake: () => {
          this.#sleepers.delete(sleeper);
          signal?.removeEventListener('abort', sleeper.wake);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', sleeper.wake, { once: true });
    });
  }

  /** Moves time on by `ms`, waking sleepers at their times in order; everything they cause runs before the next one. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    await this.settle();
    for (let next = this.#firstUntil(end); next !== undefined; next = this.#firstUntil(end)) {
      this.#moveTo(next.wakeAt);
      next.wake();
      await this.settle();
    }
    this.#moveTo(end);
  }

  /** Moves the wall clock alone, forwards or backwards, as an operator or NTP does. */
  jump(ms: number): void {
    this.#now += ms;
  }

  /** Lets everything run that does not wait for time. */
  settle(): Promise<void> {
    return new Promise((resolve) => {
      nextTurn(resolve);
    });
  }

  #moveTo(monotonic: number): void {
    this.#now += monotonic - this.#monotonic;
    this.#monotonic = monotonic;
  }

  #firstUntil(end: number): Sleeper | undefined {
    let first: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (sleeper.wakeAt <= end && (first === undefined || sleeper.wakeAt < first.wakeAt)) first = sleeper;
    }
    return first;
  }
}
