export type { KyselyQueryRunner } from './kysely-executor.ts';
export type {
  KyselyCommandLike,
  KyselyConnectionLike,
  KyselyControlledTransactionLike,
  KyselyLike,
} from './kysely-like.ts';
export { KyselyTransactionRunner, type KyselyTransactionRunnerOptions } from './kysely-transaction-runner.ts';
export {
  type KyselyTransactionLike,
  KyselyTransactions,
  type KyselyTransactionsOptions,
} from './kysely-transactions.ts';
export type { KyselyWaitsOptions } from './kysely-waits.ts';
