import type { QueueReader } from '@holdfast/core';
import { SqliteOutboxStore } from '@holdfast/outbox';
import type { SimulatedBroker } from '@holdfast/testkit';
import type { SimulatedSqlite } from '@holdfast/testkit/sqlite';
import type { ConsumingService } from '../src/consumer/consuming-service.ts';
import { QueueConsumer } from '../src/consumer/queue-consumer.ts';
import type { SendingDatabase } from '../src/outbox/sending-database.ts';
import type { ServiceDatabase } from '../src/sqlite/service-database.ts';

/** Here processes are killed from outside, again and again, and no message is to blame for it. */
export const KILLED = { maxUnfinished: 100 };

/** Each look at an empty queue is an event. */
export const WAIT_MS = 4_000;

/** A service's connection to its own file. */
export function serviceDatabase(database: SimulatedSqlite): ServiceDatabase {
  const transactions = database.runner();
  return { handle: transactions.handle, transactions };
}

/** Of a service that sends. */
export function sendingDatabase(database: SimulatedSqlite): SendingDatabase {
  return { ...serviceDatabase(database), outboxStore: new SqliteOutboxStore({ database: database.database() }) };
}

/** Runs a service that applies messages in batches. `of` looks at its queue in another way. */
export function startService(
  broker: SimulatedBroker,
  service: ConsumingService,
  of: (queue: QueueReader) => QueueReader = (queue) => queue,
) {
  const bus = broker.connect();
  const queue = of(bus.reader(service.name));
  const consumer = new QueueConsumer({ service, queue, onError: () => {}, waitMs: WAIT_MS });
  consumer.start();
  const stop = async () => {
    await consumer.stop();
    service.close();
    await bus.close();
  };
  return { stop };
}
