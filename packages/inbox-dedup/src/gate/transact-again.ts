import { backoffMs, type Clock, isHoldfastError, type Random } from '@holdfast/core';
import { isRetryableTransactionError, type TransactionRunner } from '@holdfast/sql';

export interface TransactAgainOptions<Tx> {
  readonly transactions: TransactionRunner<Tx>;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly random: Random;
}

export interface Transacted<Result> {
  readonly result: Result;
  /** An earlier run may have been committed: what it would have changed may have been changed already. */
  readonly mayHaveCommitted: boolean;
}

const ATTEMPTS = 5;

/**
 * Runs a transaction again from its start after a conflict and after an unknown commit, with growing random pauses (F3.7). The work
 * must notice what an earlier run has committed. An abort during the work rolls it back.
 */
export async function transactAgain<Tx, Result>(
  { transactions, signal, clock, random }: TransactAgainOptions<Tx>,
  work: (tx: Tx) => Promise<Result>,
): Promise<Transacted<Result>> {
  let mayHaveCommitted = false;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const result = await transactions.transaction(async (tx) => {
        const value = await work(tx);
        signal.throwIfAborted();
        return value;
      });
      return { result, mayHaveCommitted };
    } catch (error) {
      const isUnknown = isHoldfastError(error, 'ERR_SQL_COMMIT_UNKNOWN');
      mayHaveCommitted ||= isUnknown;
      if (attempt >= ATTEMPTS || signal.aborted || !(isUnknown || isRetryableTransactionError(error))) throw error;
      await clock.sleep(backoffMs(attempt, { baseMs: 20, maxMs: 1_000, random }), signal);
    }
  }
}
