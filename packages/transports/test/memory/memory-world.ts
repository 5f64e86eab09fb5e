import { ManualClock } from '@holdfast/core/testing';
import { MemoryBroker } from '@holdfast/transports/memory';
import type { Transport, TransportCapabilities, TransportWorld } from '@holdfast/transports/testing';
import { MemoryClient } from './memory-client.ts';
import { MemoryNetwork } from './memory-network.ts';

export const memoryCapabilities: TransportCapabilities = {
  order: 'first-deliveries',
  countsDeliveries: true,
  survivesBroker: true,
  atomicDeadLetter: true,
  maxMessageBytes: 262_144,
  maxDelayMs: Number.MAX_SAFE_INTEGER,
};

/** What a wrong adapter may know of its world. */
export interface MemoryParts {
  readonly clock: ManualClock;
  readonly broker: MemoryBroker;
  readonly network: MemoryNetwork;
}

/** A memory broker behind a simulated network, on a manual clock; `wrap` puts another transport around each client. */
export async function memoryWorld(
  wrap: (inner: Transport, parts: MemoryParts) => Transport = (inner) => inner,
): Promise<TransportWorld> {
  const clock = new ManualClock();
  const broker = new MemoryBroker({ clock, maxMessageBytes: memoryCapabilities.maxMessageBytes });
  const network = new MemoryNetwork(clock);
  const clients: MemoryClient[] = [];
  return {
    capabilities: memoryCapabilities,
    leaseMs: 30_000,
    clock,
    network,
    name: (word) => word,
    connect: async () => {
      const client = new MemoryClient(broker, network);
      clients.push(client);
      return wrap(client, { clock, broker, network });
    },
    passTime: (ms) => clock.advance(ms),
    // The broker behind the network keeps what it has, as a durable one does.
    restart: () => network.cut(),
    sendRaw: null,
    setAvailable: async (available) => network.setAvailable(available),
    close: async () => {
      await Promise.all(clients.map((client) => client.close()));
      await broker.close();
      // A wrong adapter may have left a sleep behind.
      await clock.advance(1_000_000);
    },
  };
}
