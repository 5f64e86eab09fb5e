import { type Delivery, type Envelope, InvalidOptionError, LeaseLostError, numberOption } from '@holdfast/core';
import type { BrokerClient } from './broker-client.ts';
import type { QueueLease } from './broker-queue.ts';
import type { BrokerServer } from './broker-server.ts';

export interface SimulatedDeliveryOptions {
  readonly client: BrokerClient;
  readonly server: BrokerServer;
  readonly lease: QueueLease;
}

/** A request about a lease that must still be held. */
interface Step {
  readonly activity: string;
  readonly effect: (lease: QueueLease) => void;
}

const ACK: Step = { activity: 'ack', effect: (lease) => void lease.queue.settle(lease) };

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
    return this.#settle(ACK);
  }

  async retry(delayMs: number): Promise<void> {
    const { maxDelayMs, delaysByCopy } = this.#options.server.profile;
    numberOption('delayMs', delayMs, { min: 0, max: maxDelayMs });
    if (!delaysByCopy || delayMs === 0) {
      return this.#settle({ activity: 'retry', effect: (lease) => lease.queue.giveBack(lease, delayMs) });
    }
    const copy: Step['effect'] = ({ queue, entry: { envelope, deliveries } }) =>
      queue.add(envelope, { delayMs, deliveries });
    return this.#settle({ activity: 'retry', effect: copy }, ACK);
  }

  deadLetter(reason: string): Promise<void> {
    const { server } = this.#options;
    if (server.profile.atomicDeadLetter) {
      return this.#settle({ activity: 'deadLetter', effect: (lease) => server.deadLetter(lease, reason) });
    }
    const copy: Step['effect'] = (lease) => server.copyToDeadLetters(lease, reason);
    return this.#settle({ activity: 'deadLetter', effect: copy }, ACK);
  }

  async extend(ms: number): Promise<void> {
    if (!(ms > 0)) throw new InvalidOptionError('ms', ms, 'more than 0 milliseconds');
    if (this.#isSettled) throw this.#lost();
    await this.#call({ activity: 'extend', effect: (lease) => lease.queue.extend(lease, ms) });
  }

  async #settle(...steps: readonly Step[]): Promise<void> {
    const { lease, client } = this.#options;
    if (this.#isSettled) throw this.#lost();
    this.#isSettled = true;
    try {
      for (const step of steps) await this.#call(step);
      client.settled(lease);
    } catch (error) {
      // It may be tried again, unless the lease is gone.
      if (!(error instanceof LeaseLostError)) this.#isSettled = false;
      throw error;
    }
  }

  #call({ activity, effect }: Step): Promise<void> {
    const { client, lease } = this.#options;
    client.assertOpen(activity);
    const atServer = () => {
      if (!lease.isHeld) throw this.#lost();
      effect(lease);
    };
    return client.call(activity, atServer, [this.envelope.id]);
  }

  #lost(): LeaseLostError {
    return new LeaseLostError(`${this.#options.lease.queue.options.name}/${this.envelope.id}`);
  }
}
