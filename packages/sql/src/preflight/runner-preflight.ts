import type { Clock, Finding } from '@holdfast/core';
import type { TransactionRunner } from '../transaction-runner.ts';
import { postgresPreflight } from './postgres-preflight.ts';
import { sqliteExecutorPreflight } from './sqlite-preflight.ts';

/** The settings of a runner's database that decide durability, whichever it is. */
export async function runnerPreflight<Tx>(
  transactions: TransactionRunner<Tx>,
  { clock }: { readonly clock: Clock },
): Promise<readonly Finding[]> {
  if (transactions.dialect === 'sqlite') return sqliteExecutorPreflight(transactions);
  return postgresPreflight(
    {
      dialect: 'postgresql',
      execute: (statement) => transactions.execute(statement),
      transaction: (work) => transactions.transaction((tx) => work(transactions.executor(tx))),
    },
    { clock },
  );
}
