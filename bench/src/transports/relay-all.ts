import type { Round } from '../harness/alternate.ts';
import type { PostgresOutbox } from '../outbox/postgres-outbox.ts';
import type { AmqpQueue } from './amqp-queue.ts';

export interface RelayAllOptions {
  readonly outbox: PostgresOutbox;
  readonly queue: AmqpQueue;
  /** How many messages wait. */
  readonly count: number;
}

/** Our relay with our transport: everything in the outbox into the queue. */
export async function relayAll({ outbox, queue, count }: RelayAllOptions): Promise<Round> {
  await outbox.rewind();
  const transport = await queue.connectedTransport();
  const relay = outbox.relay(transport);
  const meter = outbox.meter();
  meter.start();
  await relay.runOnce();
  const reading = meter.stop();
  await relay.stop();
  await transport.close();
  return queue.emptied({ ...reading, count });
}
