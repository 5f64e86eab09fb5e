import type { Envelope } from '../message/envelope.ts';

/**
 * Takes messages from a queue under leases. Pull, not push: the caller decides how many leases are out.
 *
 * Guarantees: a message that is not settled before its lease ends is delivered again; a settled one is not.
 * `pull` returns as soon as there is at least one message, with an empty array after `waitMs` or when aborted.
 * It rejects only when the queue cannot be reached or does not exist. Not promised: order across redeliveries.
 */
export interface QueueReader {
  pull(max: number, options: PullOptions): Promise<readonly Delivery[]>;
}

export interface PullOptions {
  /** How long to wait for a first message, in milliseconds. */
  readonly waitMs: number;
  readonly signal?: AbortSignal;
}

/**
 * One leased message. Exactly one of `ack`, `retry`, `deadLetter` settles it; settling twice, or after the lease was
 * lost, rejects with {@link LeaseLostError}, and the message is (or will be) delivered to somebody else.
 */
export interface Delivery {
  readonly envelope: Envelope;
  /** How often this message was delivered, this time included, as far as the transport knows; at least 1. */
  readonly deliveryCount: number;
  /** When the lease ends, on the reader's `Clock.monotonic()`. Moves when extended. */
  readonly leaseEndsAt: number;
  /** Done: never delivered again to this queue. */
  ack(): Promise<void>;
  /** Hands it back, to be delivered again not before `delayMs` milliseconds. */
  retry(delayMs: number): Promise<void>;
  /** Moves it to the queue's dead-letter queue with a reason (no payload in the reason). */
  deadLetter(reason: string): Promise<void>;
  /** Makes the lease end `ms` milliseconds from now. */
  extend(ms: number): Promise<void>;
}
