import { NotInTransactionError } from '../errors/not-in-transaction-error.ts';
import type { RunningWork } from '../work-context.ts';
import { endedTransactionError } from './kysely-executor.ts';

/** What a runner knows about one of its works. */
export class KyselyWork implements RunningWork {
  #ended = false;
  #aborted = false;
  #firstError: unknown;

  get ended(): boolean {
    return this.#ended;
  }

  /** Of the statements that went through the runner's executor. */
  get firstError(): unknown {
    return this.#firstError;
  }

  /** Whether the database has rolled it back by itself. */
  get aborted(): boolean {
    return this.#aborted;
  }

  failed(error: unknown): void {
    this.#firstError ??= error;
  }

  abort(): void {
    this.#aborted = true;
  }

  assertOpen(): void {
    if (this.#ended) {
      throw endedTransactionError();
    }
    if (this.#aborted) {
      throw new NotInTransactionError(
        'a transaction that SQLite has rolled back, after a statement that failed',
        'let the error of that statement reject the work',
      );
    }
  }

  end(): void {
    this.#ended = true;
  }
}
