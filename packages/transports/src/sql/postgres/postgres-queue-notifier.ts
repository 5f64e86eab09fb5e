import { type Clock, integerOption, SystemClock, summarizeError } from '@holdfast/core';
import { type PostgresDatabase, TableNames } from '@holdfast/sql';
import { notificationChannel } from './notification-channel.ts';

export interface PostgresQueueNotifierOptions {
  readonly database: PostgresDatabase;
  /** @default as for the transport */
  readonly names?: TableNames;
  /** All that is published within this time, in milliseconds, is told by one notification. @default 5 */
  readonly intervalMs?: number;
  readonly clock?: Clock;
  /** Gets the summary of an error; the next notification is tried anyway. */
  readonly onError?: (error: string) => void;
}

/**
 * Tells {@link PostgresQueueListener}s in other processes that something was published, by `NOTIFY`: one for everything
 * within an interval, in a transaction of its own, since commits with a notification wait for each other. A hint: a lost one
 * costs the time to the next poll.
 */
export class PostgresQueueNotifier {
  readonly #database: PostgresDatabase;
  readonly #channel: string;
  readonly #intervalMs: number;
  readonly #clock: Clock;
  readonly #onError: ((error: string) => void) | undefined;
  #pending = false;
  #working: Promise<void> | null = null;

  constructor(options: PostgresQueueNotifierOptions) {
    this.#database = options.database;
    this.#channel = notificationChannel(options.names ?? new TableNames());
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
