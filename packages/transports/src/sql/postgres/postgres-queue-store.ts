import type { PostgresDatabase, TableNames } from '@holdfast/sql';
import type { QueueStore } from '../store/queue-store.ts';
import { postgresQueueMigrations } from './migrations.ts';
import { PostgresClaimStore } from './postgres-claim-store.ts';
import { PostgresDeadLetterStore } from './postgres-dead-letter-store.ts';
import { PostgresMessageLog } from './postgres-message-log.ts';
import { PostgresQueueCatalogue } from './postgres-queue-catalogue.ts';
import { queueObjects } from './queue-objects.ts';
import { QueueStatements } from './queue-statements.ts';

/** Queues on PostgreSQL 15 or newer. */
export class PostgresQueueStore implements QueueStore {
  readonly catalogue: PostgresQueueCatalogue;
  readonly log: PostgresMessageLog;
  readonly claims: PostgresClaimStore;
  readonly deadLetters: PostgresDeadLetterStore;
  readonly migrations = postgresQueueMigrations;

  constructor(database: PostgresDatabase, names: TableNames, options: { readonly prepared: boolean }) {
    const objects = queueObjects(names);
    const statements = new QueueStatements(objects, options);
    this.catalogue = new PostgresQueueCatalogue(database, objects);
    this.log = new PostgresMessageLog(database, objects, statements);
    this.claims = new PostgresClaimStore(database, objects, statements);
    this.deadLetters = new PostgresDeadLetterStore(database, objects);
  }
}
