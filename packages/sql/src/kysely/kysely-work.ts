import type { RunningWork } from '../work-context.ts';
import { endedTransactionError } from './kysely-executor.ts';

/** What a runner knows about one of its works. */
export class KyselyWork implements RunningWork {
  #ended = false;
  #firstError: unknown;

  get ended(): boolean {
    return this.#ended;
  }

  /** Of the statements that went through the runner's executor. */
  get firstError(): unknown {
    return this.#firstError;
  }

  failed(error: unknown): void {
    this.#firstError ??= error;
  }

  assertOpen(): void {
    if (this.#ended) {
      throw endedTransactionError();
    }
  }

  end(): void {
    this.#ended = true;
  }
}
