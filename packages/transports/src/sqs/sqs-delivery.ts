import {
  type Clock,
  type Delivery,
  type Envelope,
  InvalidOptionError,
  LeaseLostError,
  numberOption,
} from '@holdfast/core';
import { awsFailure } from '../aws/aws-failure.ts';
import { markDeadLetter, readDeadLetter } from '../dead-letter/dead-letter.ts';
import { TransportUnavailableError } from '../errors/transport-unavailable-error.ts';
import { encodeEntry } from './message-codec.ts';
import type { Lease, Settlements } from './settlements.ts';
import type { ReceivedMessage } from './sqs-operations.ts';

/** SQS leases a message for so long in all, however often it is extended. */
export const MAX_LEASE_MS = 12 * 3_600_000;
/** Leaves an hour of the twelve for work before the message is handed back. */
export const MAX_DELAY_MS = 11 * 3_600_000;

/** What happened to a delivery: done with, given back, or its lease ended. */
export type DeliveryEnd = 'done' | 'back';

export interface SqsDeliveryOptions {
  readonly message: ReceivedMessage;
  /** Reads the message: for its receiver, and again for its dead letter, since a receiver may change the bytes. */
  readonly decode: (message: ReceivedMessage) => Envelope;
  readonly queue: string;
  readonly fifo: boolean;
  /** When the request for it was sent, on `Clock.monotonic()`. */
  readonly requestedAt: number;
  readonly leaseEndsAt: number;
  readonly clock: Clock;
  readonly settlements: Settlements;
  /** @throws TransportClosedError */
  readonly assertOpen: (activity: string) => void;
}

/** One leased message of SQS. */
export class SqsDelivery implements Delivery, Lease {
  readonly envelope: Envelope;
  readonly deliveryCount: number;
  readonly receiptHandle: string;
  /** `null` outside FIFO. */
  readonly group: string | null;
  /** Told once, when it is settled. */
  onEnd: ((end: DeliveryEnd) => void) | null = null;
  readonly #options: SqsDeliveryOptions;
  #leaseEndsAt: number;
  #state: 'leased' | 'settling' | 'settled' = 'leased';
  #settling: Promise<void> | null = null;

  constructor(options: SqsDeliveryOptions) {
    this.#options = options;
    this.envelope = options.decode(options.message);
    this.deliveryCount = options.message.receiveCount;
    this.receiptHandle = options.message.receiptHandle;
    this.group = options.message.group;
    this.#leaseEndsAt = options.leaseEndsAt;
  }

  get leaseEndsAt(): number {
    return this.#leaseEndsAt;
  }

  get label(): string {
    return `${this.#options.queue}: ${this.envelope.id}`;
  }

  get isHeld(): boolean {
    return this.#state !== 'settled' && this.#leaseEndsAt > this.#options.clock.monotonic();
  }

  /** A failed ack may have taken effect; it can be tried again while the lease lasts. */
  ack(): Promise<void> {
    return this.#settle('ack a message of', 'done', () => this.#options.settlements.remove(this));
  }

  /** Rounded up to whole seconds, which is all that SQS knows. */
  async retry(delayMs: number): Promise<void> {
    const delay = numberOption('delayMs', delayMs, { min: 0, max: MAX_DELAY_MS });
    await this.#settle('retry a message of', 'back', () => this.#becomeVisible('delayMs', delay));
  }

  /** A crash between its two steps leaves the message in both queues, never in none. */
  async deadLetter(reason: string): Promise<void> {
    const { queue, clock, fifo, message, settlements, decode } = this.#options;
    await this.#settle('dead-letter a message of', 'done', async () => {
      const envelope = decode(message);
      // Of a dead letter that is dead-lettered again the first queue counts.
      const origin = readDeadLetter(envelope)?.queue ?? queue;
      const mark = { reason, queue: origin, time: clock.now(), deliveryCount: this.deliveryCount };
      // One dead letter for this stay in the queue, however often it is tried; a redriven message is a new stay.
      const stay = `dead-letter-${message.messageId}`;
      await settlements.sendDeadLetter(encodeEntry(markDeadLetter(envelope, mark), { fifo, stay }));
      await settlements.remove(this);
    });
  }

  /** Rejects with InvalidOptionError beyond the 12 hours that SQS leases a message in all. */
  async extend(ms: number): Promise<void> {
    const given = numberOption('ms', ms, { min: 0, max: MAX_LEASE_MS });
    const askedAt = this.#assertLeased('extend a lease of');
    await this.#becomeVisible('ms', given);
    this.#leaseEndsAt = askedAt + given;
  }

  /**
   * Gives it back at once without its receiver: it was never seen, or the transport closes. Waits for a settlement that is
   * on its way instead. Does not reject.
   */
  async handBack(): Promise<void> {
    await this.#settling?.catch(() => {});
    if (this.#state !== 'leased') return;
    this.#state = 'settling';
    try {
      await this.#options.settlements.changeVisibility(this, 0);
    } catch {
      // It comes again when its lease ends.
    }
    this.#end('back');
  }

  async #settle(activity: string, end: DeliveryEnd, act: () => Promise<void>): Promise<void> {
    this.#assertLeased(activity);
    this.#state = 'settling';
    try {
      this.#settling = act();
      await this.#settling;
    } catch (error) {
      if (error instanceof LeaseLostError) this.#end('back');
      else this.#state = 'leased';
      throw error;
    }
    this.#end(end);
  }

  #end(end: DeliveryEnd): void {
    this.#state = 'settled';
    const { onEnd } = this;
    this.onEnd = null;
    onEnd?.(end);
  }

  async #becomeVisible(option: string, ms: number): Promise<void> {
    const { clock, requestedAt, settlements } = this.#options;
    const left = requestedAt + MAX_LEASE_MS - clock.monotonic();
    if (ms > left) {
      throw new InvalidOptionError(option, ms, `at most ${Math.floor(left)}: SQS leases a message for 12 hours in all`);
    }
    const askedAt = clock.monotonic();
    try {
      await settlements.changeVisibility(this, Math.ceil(ms / 1_000));
    } catch (error) {
      // Once it may have been done, an ack could be one of a message that somebody else holds.
      if (mayBeDone(error)) this.#leaseEndsAt = Math.min(this.#leaseEndsAt, askedAt + ms);
      throw error;
    }
  }

  /** Returns the time on `Clock.monotonic()`. */
  #assertLeased(activity: string): number {
    this.#options.assertOpen(activity);
    const now = this.#options.clock.monotonic();
    if (this.#state === 'leased' && this.#leaseEndsAt > now) return now;
    throw new LeaseLostError(this.label);
  }
}

function mayBeDone(error: unknown): boolean {
  return error instanceof TransportUnavailableError && awsFailure(error.cause).kind === 'unknown';
}
