import { type Clock, type Envelope, summarizeError } from '@holdfast/core';
import type { SqlExecutor } from '@holdfast/sql';
import type { RetentionStore } from '../store/retention-store.ts';

export interface ProgressReporterOptions {
  readonly consumer: string;
  /** Unique per process. */
  readonly instance: string;
  readonly store: RetentionStore;
  readonly executor: SqlExecutor;
  /**
   * A message that says to be older counts as this old, in milliseconds: a sender with a broken clock must not keep every
   * record for ever.
   */
  readonly maxAgeMs: number;
  readonly clock: Clock;
  /** Gets a summary. The next report makes up for the one that failed. */
  readonly onError?: ((error: string) => void) | undefined;
}

const REPORT_EVERY_MS = 10_000;
/** A report covers this span and the one before: works of an old backlog may come at intervals. */
const SPAN_MS = 300_000;

/**
 * Tells the database how far this process has come, which decides what may be forgotten: the age of the oldest message of
 * the last minutes, by its `time`. A message without one, or from the future, counts as new. In memory until it is
 * reported, at most every 10 seconds and only when there were messages.
 */
export class ProgressReporter {
  readonly #options: ProgressReporterOptions;
  readonly #clock: Clock;
  #oldest = Number.POSITIVE_INFINITY;
  #oldestBefore = Number.POSITIVE_INFINITY;
  #spanEndsAt: number;
  #reportAt = Number.NEGATIVE_INFINITY;
  #isDue = false;
  #reporting: Promise<void> | null = null;

  constructor(options: ProgressReporterOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#spanEndsAt = this.#clock.monotonic() + SPAN_MS;
  }

  /** Returns at once; call it before the message is handled. */
  note({ attributes: { time } }: Envelope): void {
    if (time !== undefined) {
      const sentAt = Date.parse(time);
      // Also false for what is not a time.
      if (sentAt < this.#oldest) this.#oldest = sentAt;
    }
    this.#isDue = true;
    if (this.#reporting === null && this.#clock.monotonic() >= this.#reportAt) this.#begin();
  }

  /** Resolves when all that was noted is reported, or could not be. Never rejects. */
  async flush(): Promise<void> {
    await this.#reporting;
    if (this.#isDue && this.#reporting === null) this.#begin();
    await this.#reporting;
  }

  #begin(): void {
    this.#reporting = this.#report().finally(() => {
      this.#reporting = null;
    });
  }

  async #report(): Promise<void> {
    const { consumer, instance, store, executor, onError } = this.#options;
    this.#isDue = false;
    this.#reportAt = this.#clock.monotonic() + REPORT_EVERY_MS;
    try {
      await store.report(executor, { consumer, instance, oldestAgeMs: this.#oldestAgeMs() });
      this.#endSpan();
    } catch (error) {
      this.#isDue = true;
      onError?.(summarizeError(error));
    }
  }

  #oldestAgeMs(): number {
    const age = this.#clock.now() - Math.min(this.#oldest, this.#oldestBefore);
    return Math.min(this.#options.maxAgeMs, Math.max(0, age));
  }

  #endSpan(): void {
    if (this.#clock.monotonic() < this.#spanEndsAt) return;
    this.#spanEndsAt = this.#clock.monotonic() + SPAN_MS;
    this.#oldestBefore = this.#oldest;
    this.#oldest = Number.POSITIVE_INFINITY;
  }
}
