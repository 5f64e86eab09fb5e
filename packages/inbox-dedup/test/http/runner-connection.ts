import type { StoreConnection } from '@holdfast/inbox-dedup/testing';
import type { SqlExecutor, TransactionRunner } from '@holdfast/sql';

/** A runner as the conformance suite sees a connection. */
export function runnerConnection<Tx>(runner: TransactionRunner<Tx>): StoreConnection {
  return {
    execute: (statement) => runner.execute(statement),
    transaction: <Result>(work: (tx: SqlExecutor) => Promise<Result>) =>
      runner.transaction((tx) => work(runner.executor(tx))),
  };
}
