import type { SqliteDatabase, TableNames } from '@holdfast/sql';
import type { QueueStore } from '../store/queue-store.ts';
import { sqliteQueueMigrations } from './migrations.ts';
import { queueTables } from './queue-tables.ts';
import { SqliteClaimStore } from './sqlite-claim-store.ts';
import { SqliteDeadLetterStore } from './sqlite-dead-letter-store.ts';
import { SqliteMessageLog } from './sqlite-message-log.ts';
import { SqliteQueueCatalogue } from './sqlite-queue-catalogue.ts';

/** Queues on SQLite 3.42 or newer. One transaction writes at a time, so there is nothing to lock. */
export class SqliteQueueStore implements QueueStore {
  readonly catalogue: SqliteQueueCatalogue;
  readonly log: SqliteMessageLog;
  readonly claims: SqliteClaimStore;
  readonly deadLetters: SqliteDeadLetterStore;
  readonly migrations = sqliteQueueMigrations;

  constructor(database: SqliteDatabase, names: TableNames) {
    const tables = queueTables(names);
    this.catalogue = new SqliteQueueCatalogue(database, tables);
    this.log = new SqliteMessageLog(database, tables);
    this.claims = new SqliteClaimStore(database, tables);
    this.deadLetters = new SqliteDeadLetterStore(database, tables);
  }
}
