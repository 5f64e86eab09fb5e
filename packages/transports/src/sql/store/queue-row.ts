import { numberColumn, type SqlRow, textColumn } from '@holdfast/sql';
import { QueueMismatchError } from '../../errors/queue-mismatch-error.ts';
import { assertSameSqlProperties, type SqlQueueProperties } from '../sql-queue-properties.ts';
import type { QueueRecord } from './queue-record.ts';

/** What a row of the table of queues says. */
export interface StoredQueue {
  readonly name: string;
  /** `null` for a dead-letter queue. */
  readonly properties: SqlQueueProperties | null;
}

export function queueRecordOf(row: SqlRow): QueueRecord {
  return {
    id: numberColumn(row, 'id'),
    name: textColumn(row, 'name'),
    leaseMs: numberColumn(row, 'lease_ms'),
    ordered: isTrue(row.ordered),
    deadLetterId: row.dead_letter_id === null ? null : numberColumn(row, 'dead_letter_id'),
  };
}

export function propertiesOf(row: SqlRow): StoredQueue {
  const name = textColumn(row, 'name');
  if (row.types === null) return { name, properties: null };
  return {
    name,
    properties: {
      queue: name,
      types: JSON.parse(textColumn(row, 'types')),
      deadLetterQueue: textColumn(row, 'dead_letter_name'),
      leaseMs: numberColumn(row, 'lease_ms'),
      ordered: isTrue(row.ordered),
    },
  };
}

/**
 * Whether a queue is there as declared; `false` when it can be created. The names of queues and of dead-letter queues must
 * not meet.
 * @throws QueueMismatchError
 */
export function agreesWith(stored: readonly StoredQueue[], declared: SqlQueueProperties): boolean {
  const { queue, deadLetterQueue } = declared;
  const existing = stored.find(({ name }) => name === queue);
  if (existing?.properties === null) {
    throw new QueueMismatchError({ queue, property: 'queue', existing: 'a dead-letter queue', declared: 'a queue' });
  }
  if (existing !== undefined) {
    assertSameSqlProperties(existing.properties, declared);
    return true;
  }
  const target = stored.find(({ name }) => name === deadLetterQueue);
  if (target !== undefined && target.properties !== null) {
    throw new QueueMismatchError({
      queue: deadLetterQueue,
      property: 'deadLetterQueue',
      existing: 'a queue',
      declared: `the dead-letter queue of "${queue}"`,
    });
  }
  return false;
}

/** SQLite has integers for booleans. */
function isTrue(value: unknown): boolean {
  return value === true || (value !== false && Number(value) === 1);
}
