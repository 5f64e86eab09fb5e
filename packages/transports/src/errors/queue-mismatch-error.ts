import { HoldfastError, quoted } from '@holdfast/core';

export interface QueueMismatch {
  readonly queue: string;
  /** The property of the declaration that differs: `types`, `leaseMs`, `deadLetterQueue`, `queue`, or one of the transport's own (`order`, `fanOut`). */
  readonly property: string;
  readonly existing: string;
  readonly declared: string;
}

/** A queue exists with other properties than those that were declared now. Nothing was changed. */
export class QueueMismatchError extends HoldfastError implements QueueMismatch {
  readonly code = 'ERR_TRANSPORTS_QUEUE_MISMATCH';
  override readonly failureClass = 'permanent';
  readonly queue: string;
  readonly property: string;
  readonly existing: string;
  readonly declared: string;

  constructor(mismatch: QueueMismatch, options?: ErrorOptions) {
    const { queue, property, existing, declared } = mismatch;
    super(
      `Queue ${quoted(queue)} exists with ${quoted(property)} ${quoted(existing)}, not ${quoted(declared)}. ` +
        'Declare it as it is, or use another queue name.',
      options,
    );
    this.queue = queue;
    this.property = property;
    this.existing = existing;
    this.declared = declared;
  }
}
