import { type Delivery, type Envelope, LeaseLostError, numberOption } from '@holdfast/core';
import { markDeadLetter } from '../dead-letter/dead-letter.ts';
import type { QueueChannel } from './queue-channel.ts';
import type { QueueEntry } from './queue-entry.ts';
import { StoredMessage } from './stored-message.ts';

/** One leased message of a {@link MemoryBroker}. */
export class MemoryDelivery implements Delivery {
  readonly envelope: Envelope;
  readonly deliveryCount: number;
  readonly #channel: QueueChannel;
  readonly #entry: QueueEntry;
  #leaseEndsAt: number;

  constructor(channel: QueueChannel, entry: QueueEntry, envelope: Envelope) {
    this.#channel = channel;
    this.#entry = entry;
    this.envelope = envelope;
    this.deliveryCount = entry.deliveryCount;
    this.#leaseEndsAt = entry.deadline;
  }

  get leaseEndsAt(): number {
    return this.#leaseEndsAt;
  }

  async ack(): Promise<void> {
    this.#assertLeased('ack a message of');
    const { queue } = this.#channel;
    queue.settle(this.#entry);
    this.#entry.message.origin?.countDead(-1);
  }

  async retry(delayMs: number): Promise<void> {
    const delay = numberOption('delayMs', delayMs, { min: 0, max: Number.MAX_SAFE_INTEGER });
    const now = this.#assertLeased('retry a message of');
    this.#channel.queue.handBack(this.#entry, now + delay);
    this.#channel.changed();
  }

  async deadLetter(reason: string): Promise<void> {
    this.#assertLeased('dead-letter a message of');
    const { queue, deadLetters, clock } = this.#channel;
    const { message } = this.#entry;
    const { origin } = message;
    const target = deadLetters ?? this.#channel;
    const mark = {
      reason,
      queue: (origin ?? queue).name,
      time: clock.now(),
      deliveryCount: this.deliveryCount,
    };
    queue.settle(this.#entry);
    if (origin === null) queue.countDead(1);
    const dead = { arena: target.arena, storedAt: clock.monotonic(), origin: origin ?? queue };
    // Not the receiver's envelope: it may have changed the bytes.
    target.queue.add(new StoredMessage(markDeadLetter(message.restore(target.arena), mark), dead));
    target.changed();
  }

  async extend(ms: number): Promise<void> {
    const given = numberOption('ms', ms, { min: 0, max: Number.MAX_SAFE_INTEGER });
    const now = this.#assertLeased('extend a lease of');
    this.#leaseEndsAt = now + given;
    this.#channel.queue.extend(this.#entry, this.#leaseEndsAt);
    this.#channel.changed();
  }

  /** Returns the time on `Clock.monotonic()`. */
  #assertLeased(activity: string): number {
    const { queue, clock, availability } = this.#channel;
    availability.assertUp(activity, queue.name);
    const now = clock.monotonic();
    if (queue.isLeased(this.#entry, this.deliveryCount, now)) return now;
    throw new LeaseLostError(`${queue.name}: ${this.envelope.id}`);
  }
}
