import { FaultProxy, type FaultProxyTarget } from '@holdfast/sql/testing';
import type { TransportFaults } from './transport-faults.ts';

/** The source of the order service's messages, and in nothing else that the relay sends: names of queues begin otherwise. */
const MESSAGE_BYTES = '/orders';

/** The ways to a broker in the network: that of the consumers and that of the relay, through a proxy each. */
export class FaultyLinks implements TransportFaults {
  readonly #consumers: FaultProxy;
  readonly #relay: FaultProxy;

  private constructor(consumers: FaultProxy, relay: FaultProxy) {
    this.#consumers = consumers;
    this.#relay = relay;
  }

  static async to(broker: FaultProxyTarget): Promise<FaultyLinks> {
    return new FaultyLinks(await FaultProxy.listen(broker), await FaultProxy.listen(broker));
  }

  /** The broker's URL as the consumers have it. */
  forConsumers(url: string): string {
    return this.#consumers.through(url);
  }

  /** The broker's URL as the relay has it. */
  forRelay(url: string): string {
    return this.#relay.through(url);
  }

  /** Down: connections are reset, and new ones are refused. */
  async setAvailable(available: boolean): Promise<void> {
    for (const proxy of [this.#consumers, this.#relay]) {
      if (available) {
        proxy.heal();
      } else {
        proxy.refuse();
        proxy.reset();
      }
    }
  }

  /** From the next message on, that is: a relay that has to connect first gets the answers to that. */
  loseAnswers(): Promise<void> {
    return this.#relay.when({ direction: 'up', bytes: MESSAGE_BYTES, fault: 'silence-answers' });
  }

  restoreAnswers(): void {
    this.#relay.heal();
  }

  async close(): Promise<void> {
    await Promise.all([this.#consumers.close(), this.#relay.close()]);
  }
}
