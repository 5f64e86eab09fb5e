export { describeLeaseStore, type LeaseStoreFixture, type TestRunner } from './describe-lease-store.ts';
export { FaultProxy, type FaultProxyTarget, type ProxyDirection, type ProxyTrigger } from './fault-proxy.ts';
export { MemoryLeaseStore, type MemoryLeaseStoreOptions } from './memory-lease-store.ts';
export {
  type PostgresTestDatabase,
  type PostgresTestDatabaseOptions,
  type PostgresTestVersion,
  postgresTestDatabase,
} from './postgres-test-database.ts';
export { type SqliteTestDatabase, sqliteTestDatabase } from './sqlite-test-database.ts';
export { describeTransactionRunner } from './transaction-runner/describe-transaction-runner.ts';
export type {
  RunnerTimeouts,
  TransactionRunnerFixture,
  TransactionRunnerSubject,
} from './transaction-runner/transaction-runner-fixture.ts';
