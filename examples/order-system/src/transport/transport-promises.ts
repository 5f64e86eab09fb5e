import { TRANSPORT_NAMES, type TransportName } from './transport-name.ts';

/** What the audit may expect of a transport, as this example sets it up. */
export interface TransportPromises {
  /** Why an order's messages arrive for the first time as they were committed. */
  readonly order: string;
  /** Who drops a message that the relay publishes again; `null`: it arrives again, and the consumer drops it. */
  readonly republishedDroppedBy: string | null;
}

const PROMISES: Readonly<Record<TransportName, TransportPromises>> = {
  memory: { order: 'kept by first in, first out', republishedDroppedBy: null },
  sql: { order: 'kept by queues with order per key', republishedDroppedBy: null },
  amqp: { order: 'kept by one consumer per queue', republishedDroppedBy: null },
  sqs: { order: 'kept by FIFO queues, an order is a group', republishedDroppedBy: 'the FIFO queue' },
};

export function promisesOf(transport: TransportName): TransportPromises {
  return PROMISES[transport];
}

/** For a name that was read from a file. */
export function orderPromiseOf(transport: string): string {
  const name = TRANSPORT_NAMES.find((each) => each === transport);
  return name === undefined ? 'nothing is known of it' : PROMISES[name].order;
}
