import type { MigrationSet } from '@holdfast/sql';
import type { ClaimStore } from './claim-store.ts';
import type { DeadLetterStore } from './dead-letter-store.ts';
import type { MessageLog } from './message-log.ts';
import type { QueueCatalogue } from './queue-catalogue.ts';

/** What {@link SqlTransport} needs of a database. */
export interface QueueStore {
  readonly catalogue: QueueCatalogue;
  readonly log: MessageLog;
  readonly claims: ClaimStore;
  readonly deadLetters: DeadLetterStore;
  readonly migrations: MigrationSet;
}
