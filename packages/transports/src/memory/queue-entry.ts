import type { DeadlineItem } from '../timing/deadline-heap.ts';
import type { StoredMessage } from './stored-message.ts';

/** A message of one queue that was delivered at least once and is not settled. Made at its first delivery. */
export interface QueueEntry extends DeadlineItem {
  readonly message: StoredMessage;
  /** Where it waits: with a receiver, for its time, to be delivered again, or nowhere any more. */
  place: 'leased' | 'delayed' | 'returned' | 'settled';
  /** Also identifies the lease: each delivery has its own number. */
  deliveryCount: number;
  /** Neighbours in the order of first delivery. */
  previous: QueueEntry | null;
  next: QueueEntry | null;
}

export function queueEntry(message: StoredMessage): QueueEntry {
  return {
    message,
    place: 'returned',
    deliveryCount: 0,
    deadline: 0,
    order: 0,
    heapIndex: 0,
    previous: null,
    next: null,
  };
}
