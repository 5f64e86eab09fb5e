import { type Delivery, type Envelope, isHoldfastError, type Receipt } from '@holdfast/core';
import type { MemoryBroker } from '@holdfast/transports/memory';
import type { MemoryParts } from '../memory/memory-world.ts';
import { alteredDelivery } from './altered-delivery.ts';
import {
  type BrokenTransport,
  broken,
  brokenDelivery,
  brokenEnvelope,
  brokenReader,
  brokenReceipt,
  never,
} from './broken-transport.ts';

const accepted: Receipt = { outcome: 'accepted' };

/** Does not end what the network does not answer. */
async function orNever<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch {
    return never();
  }
}

const claimsAcks = brokenDelivery('confirms acks though the connection is lost', (inner) => ({
  ack: async () => {
    try {
      await inner.ack();
    } catch (error) {
      if (!isHoldfastError(error, 'ERR_CORE_LEASE_LOST')) throw error;
    }
  },
}));

const acksBeforeItDelivers = brokenReader('acks before it delivers', (inner) => ({
  pull: async (max, options) => {
    const deliveries = await inner.pull(max, options);
    await Promise.all(deliveries.map((delivery) => delivery.ack()));
    return deliveries;
  },
}));

/** The classic: the consumer is not made again after a reconnection. */
const stopsSilently = brokenReader('gets nothing any more after a cut, and says nothing', (inner, parts) => {
  const connection = new FirstConnection(parts);
  return {
    pull: async (max, options) => {
      if (!connection.isLost) return inner.pull(max, options);
      await parts.clock.sleep(options.waitMs, options.signal);
      return [];
    },
  };
});

const diesWithItsConnection = broken('cannot publish again once a connection was lost', (inner, parts) => {
  const connection = new FirstConnection(parts);
  return {
    publish: async (batch, options) => {
      if (connection.isLost) return batch.map(() => ({ outcome: 'unavailable', reason: 'There is no connection.' }));
      return inner.publish(batch, options);
    },
  };
});

/** A connection that is never made again. */
class FirstConnection {
  readonly #network: MemoryParts['network'];
  #lost: AbortSignal | undefined;

  constructor({ network }: MemoryParts) {
    this.#network = network;
  }

  get isLost(): boolean {
    this.#lost ??= this.#network.connect()?.lost;
    return this.#lost?.aborted === true;
  }
}

/** Dead-letters by two requests, the first of which takes the message out or puts it in. */
function deadLettersInTwo(what: string, isTakenFirst: boolean): BrokenTransport {
  return brokenReader(what, (inner, parts) => ({
    pull: async (max, options) => {
      const connection = new FirstConnection(parts);
      const isConnected = !connection.isLost;
      return (await inner.pull(max, options)).map((delivery) => {
        const bury = async (reason: string) => {
          if (isConnected && !connection.isLost) await buried(parts.broker, delivery.envelope, reason);
        };
        const deadLetter = async (reason: string) => {
          if (!isTakenFirst) await bury(reason);
          await delivery.ack();
          if (isTakenFirst) await bury(reason);
        };
        return alteredDelivery(delivery, { deadLetter });
      });
    },
  }));
}

async function buried(broker: MemoryBroker, envelope: Envelope, reason: string): Promise<void> {
  // The way of a request to the broker.
  await new Promise((resolve) => setImmediate(resolve));
  await broker.declare({ queue: 'shadow', types: ['shadow'], deadLetterQueue: 'dead' });
  await broker.publish([{ ...envelope, type: 'shadow' }]);
  const [delivery] = await broker.reader('shadow').pull(1, { waitMs: 0 });
  await delivery?.deadLetter(reason);
}

export const brokenNetworkers: Readonly<Record<string, readonly BrokenTransport[]>> = {
  'F4.5: connections cut in the middle of publishing lose nothing that was accepted, and keep the order of keys': [
    brokenReceipt('takes what was sent for accepted', (receipt) =>
      receipt.outcome === 'unknown' ? accepted : receipt,
    ),
    broken('publishes again by itself, behind what came later', (inner, { clock }) => ({
      publish: async (batch, options) => {
        const receipts = await inner.publish(batch, options);
        const failed = batch.filter((_, index) => receipts[index]?.outcome !== 'accepted');
        if (failed.length > 0) void clock.sleep(50).then(() => inner.publish(failed));
        return batch.map(() => accepted);
      },
    })),
    diesWithItsConnection,
  ],
  'F4.5: when only the answer is lost, publish does not say "unavailable", and the same id can be published again': [
    brokenReceipt('says "unavailable" when the answer is lost', (receipt) =>
      receipt.outcome === 'unknown' ? { outcome: 'unavailable', reason: receipt.reason } : receipt,
    ),
    broken('waits for the answer for ever', (inner) => ({
      publish: async (batch, options) => {
        const receipts = await inner.publish(batch, options);
        return receipts.some(({ outcome }) => outcome === 'unknown') ? never() : receipts;
      },
    })),
    brokenEnvelope('gives a message a new id each time', ({ id }) => ({ id: `${id}.${crypto.randomUUID()}` })),
    diesWithItsConnection,
  ],
  'F13.3: in a black hole publish, pull and ack end within their deadlines, and all go on by themselves after it': [
    broken('waits for receipts for ever', (inner) => ({
      publish: async (batch, options) => {
        const receipts = await inner.publish(batch, options);
        return receipts.some(({ outcome }) => outcome === 'unknown') ? never() : receipts;
      },
    })),
    brokenReader('waits for messages for ever', (inner) => ({
      pull: (max, options) => orNever(inner.pull(max, options)),
    })),
    brokenDelivery('waits for the answer to an ack for ever', (inner) => ({ ack: () => orNever(inner.ack()) })),
    broken('takes silence for consent', (inner) => ({
      publish: async (batch, options) => {
        await inner.publish(batch, options);
        return batch.map(() => accepted);
      },
    })),
    stopsSilently,
    diesWithItsConnection,
  ],
  'F13.3: connections cut while consuming: pulling goes on by itself, and what was not settled comes again': [
    claimsAcks,
    acksBeforeItDelivers,
    stopsSilently,
  ],
  'F13.3: an ack that a cut interrupts is lost or has taken effect, and when it was confirmed it has': [
    brokenDelivery('confirms an ack before it has an answer', (inner: Delivery) => ({
      ack: async () => {
        void inner.ack().catch(() => {});
      },
    })),
    claimsAcks,
  ],
  'F13.3: a dead letter that a cut interrupts is in one of both queues, and in both only where it is not atomic': [
    deadLettersInTwo('takes a message out before it puts it into the dead-letter queue', true),
    deadLettersInTwo('calls itself atomic, and takes a message out after it put it into the dead-letter queue', false),
  ],
  'F13.3: a pull that waits while connections are cut gets the next message, or rejects and the next pull gets it': [
    stopsSilently,
    brokenReader('waits on a connection that is lost', (inner) => ({
      pull: (max, options) => orNever(inner.pull(max, options)),
    })),
  ],
  'a broker that is killed and comes back has what it accepted, and everybody goes on by himself': [
    claimsAcks,
    acksBeforeItDelivers,
    diesWithItsConnection,
  ],
};
