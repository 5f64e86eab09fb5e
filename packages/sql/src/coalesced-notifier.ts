import { type Clock, integerOption, SystemClock, summarizeError } from '@holdfast/core';
import type { PostgresDatabase } from './postgres-database.ts';

export interface CoalescedNotifierOptions {
  readonly database: PostgresDatabase;
  readonly channel: string;
  /** All that is told within this time, in milliseconds, becomes one notification. @default 5 */
  readonly intervalMs?: number;
  /** @default the system's clock */
  readonly clock?: Clock;
  /** Gets the summary of an error; the next notification is tried anyway. */
  readonly onError?: (error: string) => void;
}

/**
 * Tells listeners in other processes that there is something new, by `NOTIFY`: one for everything within an interval, in a
 * transaction of its own. Inside business transactions it would make all commits of the server wait for each other.
 * A hint: a lost one costs the time to the next poll.
 */
export class CoalescedNotifier {
  readonly #database: PostgresDatabase;
  readonly #channel: string;
  readonly #intervalMs: number;
  readonly #clock: Clock;
  readonly #onError: ((error: string) => void) | undefined;
  #pending = false;
  #working: Promise<void> | null = null;

  constructor(options: CoalescedNotifierOptions) {
    this.#database = options.database;
    this.#channel = options.channel;
    this.#intervalMs = integerOption('intervalMs', options.intervalMs, { min: 0, max: 60_000, default: 5 });
    this.#clock = options.clock ?? new SystemClock();
    this.#onError = options.onError;
  }

  /** Returns at once. */
  notify(): void {
    this.#pending = true;
    this.#working ??= this.#work();
  }

  /** Resolves when the last notification is sent. */
  async flush(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    while (this.#pending) {
      await this.#clock.sleep(this.#intervalMs);
      this.#pending = false;
      try {
        await this.#database.execute({ text: "select pg_notify($1, '')", values: [this.#channel] });
      } catch (error) {
        this.#onError?.(summarizeError(error));
      }
    }
    this.#working = null;
  }
}
