import type { Delivery } from '@holdfast/core';
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

export interface MemoryWorldOptions {
  /** Puts another transport around each client. */
  readonly wrap?: (inner: Transport, parts: MemoryParts) => Transport;
  readonly foreign?: (delivery: Delivery) => Promise<Delivery | null>;
}

/** A memory broker behind a simulated network, on a manual clock. */
export async function memoryWorld({
  wrap = asItIs,
  foreign = deadLettered,
}: MemoryWorldOptions = {}): Promise<TransportWorld> {
  const clock = new ManualClock();
  const parts = {
    clock,
    broker: new MemoryBroker({ clock, maxMessageBytes: memoryCapabilities.maxMessageBytes }),
    network: new MemoryNetwork(clock),
  };
  const { broker, network } = parts;
  const clients: MemoryClient[] = [];
  return {
    capabilities: memoryCapabilities,
    leaseMs: 30_000,
    clock,
    network,
    name: (word) => word,
    connect: async () => {
      const client = new MemoryClient({ broker, network, foreign });
      clients.push(client);
      return wrap(client, parts);
    },
    passTime: (ms) => clock.advance(ms),
    // The broker behind the network keeps what it has, as a durable one does.
    restart: () => network.cut(),
    // The queues of the suite that get such bytes bind one type.
    sendRaw: async (_, body) => {
      await broker.publish([{ id: '', source: '', type: 'placed', key: null, attributes: Object.create(null), body }]);
    },
    setAvailable: async (available) => network.setAvailable(available),
    close: async () => {
      await Promise.all(clients.map((client) => client.close()));
      await broker.close();
      if (wrap === asItIs && clock.sleeping > 0) throw new Error(`${clock.sleeping} timers are left.`);
      // A wrong adapter may have left some.
      await clock.advance(1_000_000);
    },
  };
}

function asItIs(inner: Transport): Transport {
  return inner;
}

async function deadLettered(delivery: Delivery): Promise<null> {
  await delivery.deadLetter('It is no message.');
  return null;
}
