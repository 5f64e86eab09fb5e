import type { Durability } from '../sqlite/open-database.ts';

/** How the relay's process reaches the broker. Handed to it when it starts; may hold a credential. */
export type RelayRoute = MemoryRoute | SqlRoute | AmqpRoute | SqsRoute;

/** Over the channel to its parent, where the broker is. */
export interface MemoryRoute {
  readonly transport: 'memory';
}

export interface SqlRoute {
  readonly transport: 'sql';
  readonly file: string;
  readonly outlives: Durability;
}

export interface AmqpRoute {
  readonly transport: 'amqp';
  readonly url: string;
  readonly exchange: string;
}

export interface SqsRoute {
  readonly transport: 'sqs';
  readonly endpoint: string;
  /** Begins the names of the run's queues. */
  readonly namespace: string;
}
