import type { Envelope, Publisher, QueueReader } from '@holdfast/core';
import { ManualClock } from '@holdfast/core/testing';
import { MemoryBroker } from '@holdfast/transports/memory';
import type { PublisherFixture, QueueReaderFixture } from '@holdfast/transports/testing';

const leaseMs = 30_000;

export interface PublisherWorld {
  readonly broker: MemoryBroker;
  readonly clock: ManualClock;
}

/** The memory broker for `describePublisher`; `wrap` puts another publisher in front of it. */
export async function memoryPublisherFixture(
  wrap: (inner: Publisher, world: PublisherWorld) => Publisher = (inner) => inner,
): Promise<PublisherFixture> {
  const clock = new ManualClock();
  const broker = new MemoryBroker({ clock, maxMessageBytes: 4_096 });
  await broker.declare({ queue: 'all', types: ['order.placed'], leaseMs });
  const reader = broker.reader('all');
  return {
    publisher: wrap(broker, { broker, clock }),
    routableType: 'order.placed',
    unroutableType: 'nobody.cares',
    maxMessageBytes: 4_096,
    silence: null,
    receiveAll: async () => {
      await clock.advance(1_000);
      const received: Envelope[] = [];
      for (;;) {
        const deliveries = await reader.pull(100, { waitMs: 0 });
        if (deliveries.length === 0) return received;
        for (const delivery of deliveries) {
          received.push(delivery.envelope);
          await delivery.ack();
        }
      }
    },
    passTime: (ms) => clock.advance(ms),
    setAvailable: async (available) => broker.setAvailable(available),
    close: async () => broker.close(),
  };
}

/** The memory broker for `describeQueueReader`; `wrap` puts another reader in front of it. */
export async function memoryQueueReaderFixture(
  wrap: (inner: QueueReader, clock: ManualClock) => QueueReader = (inner) => inner,
): Promise<QueueReaderFixture> {
  const clock = new ManualClock();
  const broker = new MemoryBroker({ clock });
  await broker.declare({ queue: 'payment', types: ['order.placed'], leaseMs });
  return {
    reader: wrap(broker.reader('payment'), clock),
    otherReader: wrap(broker.reader('payment'), clock),
    deadLetterReader: wrap(broker.reader('payment.dead-letter'), clock),
    missingReader: wrap(broker.reader('missing'), clock),
    routableType: 'order.placed',
    leaseMs,
    clock,
    send: async (envelopes) => {
      const receipts = await broker.publish(envelopes);
      if (receipts.some(({ outcome }) => outcome !== 'accepted'))
        throw new Error('The broker did not accept a message.');
    },
    passTime: (ms) => clock.advance(ms),
    setAvailable: async (available) => broker.setAvailable(available),
    close: async () => {
      await broker.close();
      // A broken adapter may have left a sleep behind.
      await clock.advance(10 * leaseMs);
    },
  };
}
