import type { DialectName, SqlExecutor } from '@holdfast/sql';
import type { ProgressReporter } from '../inbox/progress-reporter.ts';
import type { InboxStats, Purged, PurgeRequest, RetentionStore } from '../store/retention-store.ts';

export interface InboxUpkeepOptions {
  readonly consumer: string;
  readonly dialect: DialectName;
  readonly retentionMs: number;
  readonly store: RetentionStore;
  /** Every statement by itself. */
  readonly executor: SqlExecutor;
  readonly reporter: ProgressReporter;
}

/** What has to be done for one consumer's tables from time to time, each step by itself. {@link InboxHousekeeper} does it. */
export class InboxUpkeep {
  readonly consumer: string;
  readonly dialect: DialectName;
  readonly #options: InboxUpkeepOptions;

  constructor(options: InboxUpkeepOptions) {
    this.consumer = options.consumer;
    this.dialect = options.dialect;
    this.#options = options;
  }

  /** Writes down how far this process has come. Never rejects. */
  reportProgress(): Promise<void> {
    return this.#options.reporter.flush();
  }

  /** One chunk, in a short transaction of its own. */
  purge(request: Pick<PurgeRequest, 'rows' | 'limit' | 'from'>): Promise<Purged> {
    const { store, executor, consumer, retentionMs } = this.#options;
    return store.purge(executor, { ...request, consumer, retentionMs });
  }

  purgeProgress(): Promise<number> {
    const { store, executor, consumer } = this.#options;
    return store.purgeProgress(executor, consumer);
  }

  stats(): Promise<InboxStats> {
    const { store, executor, consumer } = this.#options;
    return store.stats(executor, consumer);
  }
}
