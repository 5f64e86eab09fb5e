import { type Delivery, type Envelope, LeaseLostError, numberOption } from '@holdfast/core';
import type { HeldClaim } from './held-claim.ts';
import type { SettlementRequest, Settlements } from './settlements.ts';

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
    return this.#ask({ kind: 'ack' });
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

  /** It is settled, or its lease was lost. */
  end(): void {
    this.#isOver = true;
    this.held.remove(this);
  }

  #ask(request: SettlementRequest): Promise<void> {
    if (this.#asking !== null) return this.#afterwards(this.#asking, request);
    if (this.#isOver) return Promise.reject(new LeaseLostError(this.#settlements.nameOf(this)));
    const asking = this.#settlements.ask(this, request);
    this.#asking = asking;
    const done = () => {
      if (this.#asking === asking) this.#asking = null;
    };
    asking.then(done, done);
    return asking;
  }

  async #afterwards(asking: Promise<void>, request: SettlementRequest): Promise<void> {
    // Its caller learns how it ended.
    await asking.catch(() => {});
    return this.#ask(request);
  }
}
