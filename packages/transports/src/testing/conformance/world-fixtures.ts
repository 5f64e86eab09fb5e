import { type Delivery, type Envelope, isHoldfastError, type QueueReader } from '@holdfast/core';
import { publishUntilAccepted } from './publish-until-accepted.ts';
import type { PublisherFixture } from './publisher-fixture.ts';
import { whenAvailable } from './pull-all.ts';
import type { QueueReaderFixture } from './queue-reader-fixture.ts';
import type { TransportWorld } from './transport-world.ts';

/** How long to wait for more when all has come that was expected. */
const NO_MORE_MS = 500;

/** A world seen as a publisher: one client publishes, another looks at what the broker took. */
export async function publisherFixtureOf(world: TransportWorld): Promise<PublisherFixture> {
  const [publisher, receiver] = [await world.connect(), await world.connect()];
  const queue = world.name('all');
  const routableType = world.name('placed');
  await receiver.declare({ queue, types: [routableType], leaseMs: world.leaseMs });
  const reader = receiver.reader(queue);
  const { network } = world;
  return {
    publisher,
    routableType,
    unroutableType: world.name('unheard'),
    maxMessageBytes: world.capabilities.maxMessageBytes,
    receiveAll: () => receiveAll(world, reader),
    passTime: (ms) => world.passTime(ms),
    setAvailable: (available) => world.setAvailable(available),
    silence: network && { begin: () => network.silence(), deadlineMs: network.noticesSilenceMs },
    close: () => world.close(),
  };
}

/** A world seen as one queue: two clients read it, and a third one sends. */
export async function queueReaderFixtureOf(world: TransportWorld): Promise<QueueReaderFixture> {
  const [sender, one, other] = [await world.connect(), await world.connect(), await world.connect()];
  const queue = world.name('payment');
  const deadLetterQueue = world.name('dead');
  const routableType = world.name('placed');
  await sender.declare({ queue, types: [routableType], deadLetterQueue, leaseMs: world.leaseMs });
  return {
    reader: one.reader(queue),
    otherReader: other.reader(queue),
    deadLetterReader: one.reader(deadLetterQueue),
    missingReader: one.reader(world.name('missing')),
    routableType,
    leaseMs: world.leaseMs,
    clock: world.clock,
    send: (envelopes) => publishUntilAccepted(world, sender, envelopes),
    passTime: (ms) => world.passTime(ms),
    setAvailable: (available) => world.setAvailable(available),
    close: () => world.close(),
  };
}

/** Takes and acks until no more comes; each message once, since an ack that is lost in an outage makes it come again. */
export async function receiveAll(world: TransportWorld, reader: QueueReader): Promise<readonly Envelope[]> {
  const received = new Map<string, Envelope>();
  for (;;) {
    const deliveries = await whenAvailable(world, () => reader.pull(100, { waitMs: NO_MORE_MS }));
    if (deliveries.length === 0) return [...received.values()];
    for (const { envelope } of deliveries) {
      if (!received.has(envelope.id)) received.set(envelope.id, envelope);
    }
    await Promise.all(deliveries.map(ackIfHeld));
  }
}

async function ackIfHeld(delivery: Delivery): Promise<void> {
  try {
    await delivery.ack();
  } catch (error) {
    if (!isHoldfastError(error, 'ERR_CORE_LEASE_LOST') && !isHoldfastError(error, 'ERR_TRANSPORTS_UNAVAILABLE')) {
      throw error;
    }
  }
}
