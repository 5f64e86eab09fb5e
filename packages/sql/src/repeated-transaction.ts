import { backoffMs, type Clock, integerOption, type Random } from '@holdfast/core';
import { CommitUnknownError } from './errors/commit-unknown-error.ts';
import { isRetryableTransactionError } from './errors/is-retryable-transaction-error.ts';
import type { TransactionRunner, TransactionRunOptions } from './transaction-runner.ts';

export interface RepeatedTransactionOptions<Tx> {
  readonly transactions: TransactionRunner<Tx>;
  /** How often at most, the first time included. @default 5 */
  readonly attempts?: number;
  readonly clock: Clock;
  readonly random: Random;
}

export interface Repeated<Result> {
  readonly result: Result;
  /** One of the runs before may have been committed. */
  readonly maybeBefore: boolean;
}

const BASE_DELAY_MS = 20;
const MAX_DELAY_MS = 1_000;

/**
 * Runs a transaction again from its start when it lost against another one, when the database is away for a moment, and when it is not
 * known whether it was committed. Only for works that see what a run that was committed has done, and do not do it twice: unlike
 * {@link retryTransaction} it does not know.
 */
export class RepeatedTransaction<Tx> {
  readonly #options: RepeatedTransactionOptions<Tx>;
  readonly #attempts: number;

  /** @throws InvalidOptionError */
  constructor(options: RepeatedTransactionOptions<Tx>) {
    this.#options = options;
    this.#attempts = integerOption('attempts', options.attempts, { min: 1, default: 5 });
  }

  /** Rejects with the last error, or with the signal's reason when it is aborted before the first run. */
  async run<Result>(
    work: (tx: Tx) => Promise<Result>,
    signal: AbortSignal,
    options?: TransactionRunOptions,
  ): Promise<Repeated<Result>> {
    const { transactions, clock, random } = this.#options;
    let maybeBefore = false;
    for (let attempt = 1; ; attempt += 1) {
      signal.throwIfAborted();
      try {
        return { result: await transactions.transaction(work, options), maybeBefore };
      } catch (error) {
        const isUnknown = error instanceof CommitUnknownError;
        if (attempt >= this.#attempts || !(isUnknown || isRetryableTransactionError(error))) throw error;
        maybeBefore ||= isUnknown;
        await clock.sleep(backoffMs(attempt, { baseMs: BASE_DELAY_MS, maxMs: MAX_DELAY_MS, random }), signal);
        if (signal.aborted) throw error;
      }
    }
  }
}
