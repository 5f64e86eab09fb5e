import { oneOfOption, type QueueDeclaration } from '@holdfast/core';
import { QueueMismatchError } from '../errors/queue-mismatch-error.ts';
import { assertSameProperties, type QueueProperties, queueProperties } from '../topology/queue-properties.ts';

/** A queue of a {@link SqlTransport}. */
export interface SqlQueueDeclaration extends QueueDeclaration {
  /**
   * `key`: a message that is not settled, also one that waits to be delivered again, holds back the later messages of its key
   * for all readers. So there is one message per key at a time, and the order of a key survives redeliveries.
   * @default 'none': first deliveries are in order, redeliveries are not
   */
  readonly order?: 'none' | 'key';
}

/** A {@link SqlQueueDeclaration}, validated and completed. */
export interface SqlQueueProperties extends QueueProperties {
  readonly ordered: boolean;
}

/** @throws InvalidOptionError */
export function sqlQueueProperties(declaration: SqlQueueDeclaration): SqlQueueProperties {
  const order = oneOfOption('order', declaration.order, { allowed: ['none', 'key'], default: 'none' });
  return { ...queueProperties(declaration), ordered: order === 'key' };
}

/** @throws QueueMismatchError that names the first property that differs */
export function assertSameSqlProperties(existing: SqlQueueProperties, declared: SqlQueueProperties): void {
  assertSameProperties(existing, declared);
  if (existing.ordered === declared.ordered) return;
  throw new QueueMismatchError({
    queue: declared.queue,
    property: 'order',
    existing: orderOf(existing),
    declared: orderOf(declared),
  });
}

function orderOf({ ordered }: SqlQueueProperties): string {
  return ordered ? 'key' : 'none';
}
