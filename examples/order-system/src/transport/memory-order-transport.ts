import { MemoryBroker } from '@holdfast/transports/memory';
import { IpcPublisher } from '../relay-process/ipc-publisher.ts';
import type { ParentChannel } from '../relay-process/parent-channel.ts';
import { LEASE_MS } from './lease-ms.ts';
import type { OrderTransport } from './order-transport.ts';
import type { MemoryRoute } from './relay-route.ts';
import type { RelayTransport } from './relay-transport.ts';
import { ServiceQueues } from './service-queues.ts';
import type { RelayControl, TransportFaults } from './transport-faults.ts';

/** A broker in this process. The relay's process publishes through this one, because no other can reach it. */
export class MemoryOrderTransport implements OrderTransport {
  readonly relayRoute: MemoryRoute = { transport: 'memory' };
  readonly parentPublisher = new MemoryBroker();
  readonly quietMs = 0;
  readonly faults: TransportFaults = new MemoryFaults(this.parentPublisher);
  readonly queues = new ServiceQueues({
    declare: (queue) => this.parentPublisher.declare({ ...queue, leaseMs: LEASE_MS }),
    reader: (queue) => this.parentPublisher.reader(queue),
    countIn: async (queues) => {
      const stats = await Promise.all(queues.map((queue) => this.parentPublisher.stats(queue)));
      return stats.reduce((sum, { ready, leased, delayed, dead }) => sum + ready + leased + delayed + dead, 0);
    },
  });
  #left: number | null = null;

  /** The relay's end of it, in the relay's process. */
  static forRelay(channel: ParentChannel): RelayTransport {
    return { publisher: new IpcPublisher({ channel }), close: async () => {} };
  }

  async close(): Promise<number> {
    this.#left ??= await this.queues.count();
    await this.parentPublisher.close();
    return this.#left;
  }
}

class MemoryFaults implements TransportFaults {
  readonly #broker: MemoryBroker;

  constructor(broker: MemoryBroker) {
    this.#broker = broker;
  }

  async setAvailable(available: boolean): Promise<void> {
    this.#broker.setAvailable(available);
  }

  loseAnswers(relay: RelayControl): Promise<void> {
    return relay.withholdReceipts();
  }

  /** The next relay's process withholds nothing. */
  restoreAnswers(): void {}
}
