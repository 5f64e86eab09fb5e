import { InvalidOptionError, integerOption, type QueueDeclaration, stringOption } from '@holdfast/core';
import { QueueMismatchError } from '../errors/queue-mismatch-error.ts';

/** A {@link QueueDeclaration}, validated and completed. */
export interface QueueProperties {
  readonly queue: string;
  /** Sorted, without duplicates. */
  readonly types: readonly string[];
  readonly deadLetterQueue: string;
  readonly leaseMs: number;
}

const MAX_NAME_BYTES = 255;

/** @throws InvalidOptionError */
export function queueProperties(declaration: QueueDeclaration): QueueProperties {
  const queue = stringOption('queue', declaration.queue, { maxBytes: MAX_NAME_BYTES });
  const byDefault = `${queue}.dead-letter`;
  if (declaration.deadLetterQueue === undefined && Buffer.byteLength(byDefault) > MAX_NAME_BYTES) {
    const most = MAX_NAME_BYTES - Buffer.byteLength('.dead-letter');
    throw new InvalidOptionError('queue', queue, `1 to ${most} bytes, or name its "deadLetterQueue" yourself`);
  }
  const deadLetterQueue = stringOption('deadLetterQueue', declaration.deadLetterQueue, {
    maxBytes: MAX_NAME_BYTES,
    default: byDefault,
  });
  if (deadLetterQueue === queue) {
    throw new InvalidOptionError('deadLetterQueue', deadLetterQueue, 'a name other than the queue itself');
  }
  return {
    queue,
    types: validTypes(declaration.types),
    deadLetterQueue,
    leaseMs: integerOption('leaseMs', declaration.leaseMs, { min: 1, default: 30_000 }),
  };
}

/** @throws QueueMismatchError that names the first property that differs */
export function assertSameProperties(existing: QueueProperties, declared: QueueProperties): void {
  for (const property of ['types', 'deadLetterQueue', 'leaseMs'] as const) {
    const before = String(existing[property]);
    const after = String(declared[property]);
    if (before !== after) {
      throw new QueueMismatchError({ queue: declared.queue, property, existing: before, declared: after });
    }
  }
}

function validTypes(types: readonly string[]): readonly string[] {
  if (!Array.isArray(types) || types.length === 0)
    throw new InvalidOptionError('types', types, 'at least one event type');
  for (const type of types) stringOption('types', type, { maxBytes: MAX_NAME_BYTES });
  if (types.includes('*') && types.length > 1) {
    throw new InvalidOptionError('types', types.join(', '), '"*" alone, or event types without "*"');
  }
  return [...new Set(types)].sort();
}
