export type {
  PgClientEvents,
  PgClientLike,
  PgListenerClientLike,
  PgPoolClientLike,
  PgPoolLike,
  PgQueryConfig,
  PgQueryResult,
} from './pg-client.ts';
export { PgDatabase, type PgDatabaseOptions } from './pg-database.ts';
export { PgListener, type PgListenerOptions, type PgListenerStatus } from './pg-listener.ts';
export { type IsolationLevel, type TransactOptions, transact } from './pg-transact.ts';
export { PgTransactTransactions } from './pg-transact-transactions.ts';
export type { PgTransaction } from './pg-transaction.ts';
export { PgTransactionRunner, type PgTransactionRunnerOptions } from './pg-transaction-runner.ts';
export { PgTransactions } from './pg-transactions.ts';
