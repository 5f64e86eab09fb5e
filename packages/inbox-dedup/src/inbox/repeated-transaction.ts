import { backoffMs, type Clock, type Random } from '@holdfast/core';
import {
  CommitUnknownError,
  isRetryableTransactionError,
  type TransactionRunner,
  type TransactionRunOptions,
} from '@holdfast/sql';

export interface RepeatedTransactionOptions<Tx> {
  readonly transactions: TransactionRunner<Tx>;
  /** How often at most, the first time included. */
  readonly attempts: number;
  readonly clock: Clock;
  readonly random: Random;
}

export interface Repeated<Result> {
  readonly result: Result;
  /** One of the runs before may have been committed. */
  readonly maybeBefore: boolean;
}

/** For works that begin with the record: it does nothing where BEGIN was refused, and what follows waits for its answer. */
export const RECORDS_FIRST: TransactionRunOptions = { isGuarded: true };

const BASE_DELAY_MS = 20;
const MAX_DELAY_MS = 1_000;

/**
 * Runs a transaction again from its start when it lost against another one, when the database is away for a moment, and
 * when it is not known whether it was committed. Only for works that record first: a run that was committed shows then.
 */
export class RepeatedTransaction<Tx> {
  readonly #options: RepeatedTransactionOptions<Tx>;

  constructor(options: RepeatedTransactionOptions<Tx>) {
    this.#options = options;
  }

  /** Rejects with the last error. */
  async run<Result>(
    work: (tx: Tx) => Promise<Result>,
    signal: AbortSignal,
    options?: TransactionRunOptions,
  ): Promise<Repeated<Result>> {
    const { transactions, attempts, clock, random } = this.#options;
    let maybeBefore = false;
    for (let attempt = 1; ; attempt += 1) {
      signal.throwIfAborted();
      try {
        return { result: await transactions.transaction(work, options), maybeBefore };
      } catch (error) {
        const isUnknown = error instanceof CommitUnknownError;
        if (attempt >= attempts || !(isUnknown || isRetryableTransactionError(error))) throw error;
        maybeBefore ||= isUnknown;
        await clock.sleep(backoffMs(attempt, { baseMs: BASE_DELAY_MS, maxMs: MAX_DELAY_MS, random }), signal);
        if (signal.aborted) throw error;
      }
    }
  }
}
