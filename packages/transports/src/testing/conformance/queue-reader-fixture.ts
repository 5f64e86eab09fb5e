import type { Clock, Envelope, QueueReader } from '@holdfast/core';
import type { ConformanceFixture } from './conformance-rule.ts';

/**
 * What not every queue has. `order`: messages are delivered in the order in which they were sent, as long as none comes
 * back. `delivery-count`: `deliveryCount` counts every delivery.
 */
export type QueueReaderCapability = 'order' | 'delivery-count';

/** What {@link describeQueueReader} needs of an adapter: an empty queue and its readers. New for each rule. */
export interface QueueReaderFixture extends ConformanceFixture {
  readonly reader: QueueReader;
  /** Another consumer of the same queue. */
  readonly otherReader: QueueReader;
  /** Reads the queue's dead-letter queue. */
  readonly deadLetterReader: QueueReader;
  /** Reads a queue that does not exist. */
  readonly missingReader: QueueReader;
  /** An event type that goes to the queue. */
  readonly routableType: string;
  /** The queue's lease. With a real broker as short as it allows, and at least 1,000. */
  readonly leaseMs: number;
  /** The clock of the readers. */
  readonly clock: Clock;
  /** Puts messages into the queue, in this order; returns when the broker has them. */
  send(envelopes: readonly Envelope[]): Promise<void>;
  /** Lets time pass: moves a manual clock, or waits. */
  passTime(ms: number): Promise<void>;
  /** Takes the broker down or up. */
  setAvailable(available: boolean): Promise<void>;
}
