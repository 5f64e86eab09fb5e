import { backoffMs, type Clock, type Random } from '@holdfast/core';
import { CommitUnknownError, isRetryableTransactionError, type TransactionRunner } from '@holdfast/sql';

export interface RepeatedTransactionOptions<Tx> {
  readonly transactions: TransactionRunner<Tx>;
  readonly clock: Clock;
  readonly random: Random;
}

const ATTEMPTS = 5;
const BASE_DELAY_MS = 20;
const MAX_DELAY_MS = 1_000;

/**
 * Runs a transaction again from its start when it lost against another one, when the database is away for a moment, and when it is
 * not known whether it was committed. Only for works that do nothing when they were committed before.
 */
export class RepeatedTransaction<Tx> {
  readonly #options: RepeatedTransactionOptions<Tx>;

  constructor(options: RepeatedTransactionOptions<Tx>) {
    this.#options = options;
  }

  /** Rejects with the last error, or with the signal's reason. */
  async run<Result>(work: (tx: Tx) => Promise<Result>, signal: AbortSignal): Promise<Result> {
    const { transactions, clock, random } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      signal.throwIfAborted();
      try {
        return await transactions.transaction(work);
      } catch (error) {
        const mayBeRepeated = error instanceof CommitUnknownError || isRetryableTransactionError(error);
        if (attempt >= ATTEMPTS || !mayBeRepeated) throw error;
        await clock.sleep(backoffMs(attempt, { baseMs: BASE_DELAY_MS, maxMs: MAX_DELAY_MS, random }), signal);
        if (signal.aborted) throw error;
      }
    }
  }
}
