import { type Delivery, type Envelope, InvalidOptionError, LeaseLostError, numberOption } from '@holdfast/core';
import type { BrokerClient } from './broker-client.ts';
import type { QueueLease } from './broker-queue.ts';
import type { BrokerServer } from './broker-server.ts';

export interface SimulatedDeliveryOptions {
  readonly client: BrokerClient;
  readonly server: BrokerServer;
  readonly lease: QueueLease;
}

/** One leased message of a simulated broker. */
export class SimulatedDelivery implements Delivery {
  readonly envelope: Envelope;
  readonly deliveryCount: number;
  readonly #options: SimulatedDeliveryOptions;
  #isSettled = false;

  constructor(options: SimulatedDeliveryOptions) {
    this.#options = options;
    const { entry } = options.lease;
    this.envelope = entry.envelope;
    this.deliveryCount = entry.deliveries;
  }

  get leaseEndsAt(): number {
    return this.#options.lease.endsAt;
  }

  ack(): Promise<void> {
    return this.#settle('ack', ({ queue }, lease) => void queue.settle(lease));
  }

  async retry(delayMs: number): Promise<void> {
    const { maxDelayMs } = this.#options.server.profile;
    numberOption('delayMs', delayMs, { min: 0, max: maxDelayMs });
    return this.#settle('retry', ({ queue }, lease) => queue.giveBack(lease, delayMs));
  }

  deadLetter(reason: string): Promise<void> {
    return this.#settle('deadLetter', (_, lease) => this.#options.server.deadLetter(lease, reason));
  }

  async extend(ms: number): Promise<void> {
    if (!(ms > 0)) throw new InvalidOptionError('ms', ms, 'more than 0 milliseconds');
    const { lease } = this.#options;
    if (this.#isSettled) throw this.#lost();
    await this.#call('extend', () => lease.queue.extend(lease, ms));
  }

  async #settle(activity: string, effect: (lease: QueueLease, same: QueueLease) => void): Promise<void> {
    const { lease, client } = this.#options;
    if (this.#isSettled) throw this.#lost();
    this.#isSettled = true;
    try {
      await this.#call(activity, () => effect(lease, lease));
      client.settled(lease);
    } catch (error) {
      // It may be tried again, unless the lease is gone.
      if (!(error instanceof LeaseLostError)) this.#isSettled = false;
      throw error;
    }
  }

  #call(activity: string, effect: () => void): Promise<void> {
    const { client, lease } = this.#options;
    client.assertOpen(activity);
    return client.call(activity, () => {
      if (!lease.isHeld) throw this.#lost();
      effect();
    }, [this.envelope.id]);
  }

  #lost(): LeaseLostError {
    return new LeaseLostError(`${this.#options.lease.queue.options.name}/${this.envelope.id}`);
  }
}
