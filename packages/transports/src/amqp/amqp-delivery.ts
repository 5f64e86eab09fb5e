import { type Delivery, type Envelope, LeaseLostError, numberOption } from '@holdfast/core';
import type { DeadlineItem } from '../timing/deadline-heap.ts';
import type { ConsumerSession, HeldMessage } from './consumer-session.ts';
import { MAX_DELAY_MS } from './delay-step.ts';
import { deliveryCountOf } from './message-codec.ts';

/** Where a delivery is settled. */
export interface DeliveryKeeper {
  readonly queue: string;
  /** On `Clock.monotonic()`. */
  now(): number;
  /** @throws TransportClosedError */
  assertOpen(activity: string): void;
  /** Its lease does not end by itself any more. */
  forget(delivery: AmqpDelivery): void;
  /** Its lease ends at its deadline. */
  keep(delivery: AmqpDelivery): void;
  /** Called after something was settled, when there may be room for more. */
  settled(): void;
  giveBack(delivery: AmqpDelivery): Promise<void>;
  delay(delivery: AmqpDelivery, delayMs: number): Promise<void>;
  deadLetter(delivery: AmqpDelivery, reason: string): Promise<void>;
}

export interface LeasedMessage {
  readonly held: HeldMessage;
  readonly session: ConsumerSession;
  readonly envelope: Envelope;
  /** When its lease ends, on `Clock.monotonic()`. */
  readonly deadline: number;
}

/** One leased message of a queue of RabbitMQ. The lease is kept here: the broker has none, it knows connections only. */
export class AmqpDelivery implements Delivery, DeadlineItem {
  readonly envelope: Envelope;
  readonly held: HeldMessage;
  readonly session: ConsumerSession;
  deadline: number;
  order = 0;
  heapIndex = 0;
  readonly #keeper: DeliveryKeeper;
  #state: 'leased' | 'settling' | 'settled' = 'leased';

  constructor(keeper: DeliveryKeeper, { held, session, envelope, deadline }: LeasedMessage) {
    this.#keeper = keeper;
    this.held = held;
    this.session = session;
    this.envelope = envelope;
    this.deadline = deadline;
  }

  get deliveryCount(): number {
    return deliveryCountOf(this.held.message);
  }

  get leaseEndsAt(): number {
    return this.deadline;
  }

  /** Resolves when the broker has it. Acks of one turn of the event loop travel together: do not wait for each one. */
  ack(): Promise<void> {
    const problem = this.#problem('ack a message of');
    if (problem !== null) return Promise.reject(problem);
    this.#state = 'settled';
    this.#keeper.forget(this);
    const acked = this.session.ack(this.held);
    this.#keeper.settled();
    return acked;
  }

  /**
   * A delay is rounded up to one of few steps, each a queue of its own; the message goes to the end of its queue. Without
   * delay it is given back to where it was. @throws TransportUnavailableError when it cannot be moved: it stays leased
   */
  async retry(delayMs: number): Promise<void> {
    const delay = numberOption('delayMs', delayMs, { min: 0, max: MAX_DELAY_MS });
    if (delay > 0) await this.#move('retry a message of', () => this.#keeper.delay(this, delay));
    else await this.#giveBack();
  }

  /** @throws TransportUnavailableError when it cannot be moved: it stays leased */
  async deadLetter(reason: string): Promise<void> {
    await this.#move('dead-letter a message of', () => this.#keeper.deadLetter(this, reason));
  }

  async extend(ms: number): Promise<void> {
    const given = numberOption('ms', ms, { min: 0, max: Number.MAX_SAFE_INTEGER });
    this.#assertLeased('extend a lease of');
    this.#keeper.forget(this);
    this.deadline = this.#keeper.now() + given;
    this.#keeper.keep(this);
  }

  /** Its time is over, or its channel is gone. */
  lose(): void {
    this.#state = 'settled';
  }

  async #giveBack(): Promise<void> {
    this.#assertLeased('retry a message of');
    this.#state = 'settled';
    this.#keeper.forget(this);
    await this.#keeper.giveBack(this);
  }

  /** Acks it after a copy is elsewhere. The lease does not end in between, which the deadline of publishing bounds. */
  async #move(activity: string, copy: () => Promise<void>): Promise<void> {
    this.#assertLeased(activity);
    this.#state = 'settling';
    this.#keeper.forget(this);
    try {
      await copy();
    } catch (error) {
      if (!this.session.isAlive) throw this.#lost(error);
      this.#state = 'leased';
      this.#keeper.keep(this);
      throw error;
    }
    this.#state = 'settled';
    if (!this.session.isAlive) throw this.#lost();
    const acked = this.session.ack(this.held);
    this.#keeper.settled();
    await acked;
  }

  #assertLeased(activity: string): void {
    const problem = this.#problem(activity);
    if (problem !== null) throw problem;
  }

  #problem(activity: string): unknown {
    try {
      this.#keeper.assertOpen(activity);
    } catch (error) {
      return error;
    }
    const isLeased = this.#state === 'leased' && this.session.isAlive && this.deadline > this.#keeper.now();
    return isLeased ? null : this.#lost();
  }

  #lost(cause?: unknown): LeaseLostError {
    return new LeaseLostError(`${this.#keeper.queue}: ${this.envelope.id}`, cause === undefined ? {} : { cause });
  }
}
