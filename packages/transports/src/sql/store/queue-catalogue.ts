import type { SqlQueueProperties } from '../sql-queue-properties.ts';
import type { QueueRecord } from './queue-record.ts';

/** The queues that the database knows. */
export interface QueueCatalogue {
  /** Creates the queue, its dead-letter queue and its bindings, or finds that they are as declared. @throws QueueMismatchError */
  declare(properties: SqlQueueProperties): Promise<void>;
  find(name: string): Promise<QueueRecord | null>;
}
