export { MemoryLeaseStore, type MemoryLeaseStoreOptions } from './memory-lease-store.ts';
export {
  type PostgresTestDatabase,
  type PostgresTestDatabaseOptions,
  type PostgresTestVersion,
  postgresTestDatabase,
} from './postgres-test-database.ts';
export { type SqliteTestDatabase, sqliteTestDatabase } from './sqlite-test-database.ts';
