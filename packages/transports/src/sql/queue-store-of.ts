import type { PostgresDatabase, SqliteDatabase, TableNames } from '@holdfast/sql';
import { PostgresQueueStore } from './postgres/postgres-queue-store.ts';
import { SqliteQueueStore } from './sqlite/sqlite-queue-store.ts';
import type { QueueStore } from './store/queue-store.ts';

export function queueStoreOf(
  database: PostgresDatabase | SqliteDatabase,
  names: TableNames,
  options: { readonly prepared: boolean },
): QueueStore {
  return database.dialect === 'postgresql'
    ? new PostgresQueueStore(database, names, options)
    : new SqliteQueueStore(database, names);
}
