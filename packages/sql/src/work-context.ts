import { AsyncLocalStorage } from 'node:async_hooks';
import { ReentrantTransactionError } from './errors/reentrant-transaction-error.ts';

/** A work that somebody's transaction runs. */
export interface RunningWork {
  /** Whether its transaction is over, while code that it started may still run. */
  readonly ended: boolean;
}

/** Tells, for a runner with one connection, in which of its works the calling code runs. */
export class WorkContext<Work extends RunningWork> {
  readonly #storage = new AsyncLocalStorage<Work>();

  run<Result>(work: Work, body: () => Promise<Result>): Promise<Result> {
    return this.#storage.run(work, body);
  }

  /** Also one that has ended. */
  get current(): Work | undefined {
    return this.#storage.getStore();
  }

  /** Throws {@link ReentrantTransactionError} inside of a work that has not ended. */
  assertOutside(method: 'transaction' | 'execute'): void {
    if (this.current?.ended === false) {
      throw new ReentrantTransactionError(method);
    }
  }
}
