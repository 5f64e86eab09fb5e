import type { Publisher } from '@holdfast/core';
import { MemoryBroker } from '@holdfast/transports/memory';
import { IpcPublisher } from '../relay-process/ipc-publisher.ts';
import type { ParentChannel } from '../relay-process/parent-channel.ts';
import type { OrderTransport, RelayControl } from './order-transport.ts';
import type { RelayRoute } from './relay-route.ts';
import type { RelayTransport } from './relay-transport.ts';

/** A broker in this process. The relay's process publishes through this one, because no other can reach it. */
export class MemoryOrderTransport implements OrderTransport {
  readonly transport = new MemoryBroker();
  readonly relayRoute: RelayRoute = { transport: 'memory' };
  readonly parentPublisher: Publisher = this.transport;
  readonly leaseMs = 2_000;

  /** The relay's end of it, in the relay's process. */
  static forRelay(channel: ParentChannel): RelayTransport {
    return { publisher: new IpcPublisher({ channel }), close: async () => {} };
  }

  queueOf(service: string): string {
    return service;
  }

  async setAvailable(available: boolean): Promise<void> {
    this.transport.setAvailable(available);
  }

  loseAnswers(relay: RelayControl): void {
    relay.withholdReceipts();
  }

  /** The next relay's process withholds nothing. */
  restoreAnswers(): void {}

  async queuedCount(services: readonly string[]): Promise<number> {
    const stats = await Promise.all(services.map((service) => this.transport.stats(this.queueOf(service))));
    return stats.reduce((sum, { ready, leased, delayed, dead }) => sum + ready + leased + delayed + dead, 0);
  }

  close(): Promise<void> {
    return this.transport.close();
  }
}
