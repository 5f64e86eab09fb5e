import { type Delivery, type Envelope, LeaseLostError, numberOption } from '@holdfast/core';
import type { HeldClaim } from './held-claim.ts';
import type { SettlementRequest, Settlements } from './settlements.ts';

const ACK: SettlementRequest = Object.freeze({ kind: 'ack' });
/** Ten years. */
const MAX_MS = 315_360_000_000;

export interface SqlDeliveryOptions {
  readonly envelope: Envelope;
  readonly deliveryCount: number;
  readonly position: number;
  /** As they are stored: a receiver may have changed those of the envelope. */
  readonly attributes: string;
  readonly held: HeldClaim;
  readonly settlements: Settlements;
}

/** One leased message of a {@link SqlTransport}. */
export class SqlDelivery implements Delivery {
  readonly envelope: Envelope;
  readonly deliveryCount: number;
  readonly position: number;
  readonly attributes: string;
  /** Another one after it was extended alone. */
  held: HeldClaim;
  readonly #settlements: Settlements;
  #isOver = false;
  /** The request that is on its way; the next one waits for its end. */
  #asking: Promise<void> | null = null;

  constructor({ envelope, deliveryCount, position, attributes, held, settlements }: SqlDeliveryOptions) {
    this.envelope = envelope;
    this.deliveryCount = deliveryCount;
    this.position = position;
    this.attributes = attributes;
    this.held = held;
    this.#settlements = settlements;
  }

  get leaseEndsAt(): number {
    return this.held.leaseEndsAt;
  }

  ack(): Promise<void> {
    return this.#ask(ACK);
  }

  async retry(delayMs: number): Promise<void> {
    return this.#ask({ kind: 'retry', ms: numberOption('delayMs', delayMs, { min: 0, max: MAX_MS }) });
  }

  deadLetter(reason: string): Promise<void> {
    return this.#ask({ kind: 'deadLetter', reason });
  }

  async extend(ms: number): Promise<void> {
    return this.#ask({ kind: 'extend', ms: numberOption('ms', ms, { min: 0, max: MAX_MS }) });
  }

  /** Whether it is settled, or its lease was lost. */
  get isOver(): boolean {
    return this.#isOver;
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.held.drop();
  }

  /** To be called before the promise of a request is settled. */
  answered(): void {
    this.#asking = null;
  }

  #ask(request: SettlementRequest): Promise<void> {
    if (this.#asking !== null) return this.#afterwards(this.#asking, request);
    if (this.#isOver) return Promise.reject(new LeaseLostError(this.#settlements.nameOf(this)));
    this.#asking = this.#settlements.ask(this, request);
    return this.#asking;
  }

  async #afterwards(asking: Promise<void>, request: SettlementRequest): Promise<void> {
    // Its caller learns how it ended.
    await asking.catch(() => {});
    return this.#ask(request);
  }
}
