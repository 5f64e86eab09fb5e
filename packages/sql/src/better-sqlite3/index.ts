export { AwaitedTransactions } from './awaited-transactions.ts';
export { BetterSqlite3Database } from './better-sqlite3-database.ts';
export {
  BetterSqlite3TransactionRunner,
  type BetterSqlite3TransactionRunnerOptions,
} from './better-sqlite3-transaction-runner.ts';
export { BetterSqlite3Transactions } from './better-sqlite3-transactions.ts';
export type { BetterSqlite3DatabaseLike, BetterSqlite3StatementLike } from './database-like.ts';
