export type { Transport } from '../transport.ts';
export type { SqlDeadLettersOptions, SqlRedriveOptions } from './dead-letters.ts';
export { postgresQueueMigrations } from './postgres/migrations.ts';
export { PostgresQueueListener, type PostgresQueueListenerOptions } from './postgres/postgres-queue-listener.ts';
export { PostgresQueueNotifier, type PostgresQueueNotifierOptions } from './postgres/postgres-queue-notifier.ts';
export type { SqlQueueDeclaration } from './sql-queue-properties.ts';
export { SqlTransport, type SqlTransportOptions } from './sql-transport.ts';
export { sqliteQueueMigrations } from './sqlite/migrations.ts';
export type { SqlQueueStats } from './store/dead-letter-store.ts';
