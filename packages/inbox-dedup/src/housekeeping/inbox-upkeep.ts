import { type Clock, type Envelope, integerOption, stringOption } from '@holdfast/core';
import type { DialectName, SqlExecutor } from '@holdfast/sql';
import { ProgressReporter } from '../inbox/progress-reporter.ts';
import type { InboxStats, Purged, PurgeRequest, RetentionStore } from '../store/retention-store.ts';

export interface InboxUpkeepOptions {
  readonly consumer: string;
  /** Unique per process. */
  readonly instance: string;
  readonly store: { readonly dialect: DialectName; readonly retention: RetentionStore };
  /** Every statement by itself. */
  readonly transactions: SqlExecutor;
  /** @default 15 days */
  readonly retentionMs?: number | undefined;
  /** @default 90 days */
  readonly maxBacklogAgeMs?: number | undefined;
  readonly clock: Clock;
  /** Gets the summary of a report that failed. */
  readonly onError?: ((error: string) => void) | undefined;
}

const DAY_MS = 86_400_000;

/** What has to be done for one consumer's tables from time to time, each step by itself. {@link InboxHousekeeper} does it. */
export class InboxUpkeep {
  readonly consumer: string;
  readonly dialect: DialectName;
  readonly retentionMs: number;
  readonly #store: RetentionStore;
  readonly #executor: SqlExecutor;
  readonly #reporter: ProgressReporter;

  /** @throws InvalidOptionError */
  constructor(options: InboxUpkeepOptions) {
    const { consumer, store, transactions, retentionMs, maxBacklogAgeMs, clock, onError } = options;
    this.consumer = consumer;
    this.dialect = store.dialect;
    this.retentionMs = integerOption('retentionMs', retentionMs, { min: 1_000, default: 15 * DAY_MS });
    this.#store = store.retention;
    this.#executor = transactions;
    this.#reporter = new ProgressReporter({
      consumer,
      instance: stringOption('instance', options.instance, { maxBytes: 256 }),
      store: this.#store,
      executor: this.#executor,
      maxAgeMs: integerOption('maxBacklogAgeMs', maxBacklogAgeMs, { min: 0, default: 90 * DAY_MS }),
      clock,
      onError,
    });
  }

  /** A message has come. Returns at once. */
  note(envelope: Envelope): void {
    this.#reporter.note(envelope);
  }

  /** Writes down how far this process has come. Never rejects. */
  reportProgress(): Promise<void> {
    return this.#reporter.flush();
  }

  /** One chunk, in a short transaction of its own. */
  purge(request: Pick<PurgeRequest, 'rows' | 'limit' | 'from'>): Promise<Purged> {
    const { consumer, retentionMs } = this;
    return this.#store.purge(this.#executor, { ...request, consumer, retentionMs });
  }

  purgeProgress(): Promise<number> {
    return this.#store.purgeProgress(this.#executor, this.consumer);
  }

  stats(): Promise<InboxStats> {
    return this.#store.stats(this.#executor, this.consumer);
  }
}
