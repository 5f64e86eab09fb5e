/**
 * Declares where messages go: one queue per consumer group, bound to event types, with its dead-letter queue.
 * Every group gets every message of the types it binds. Declaring the same again changes nothing; declaring a queue
 * with other properties rejects with an error that names the property.
 */
export interface Topology {
  declare(queue: QueueDeclaration): Promise<void>;
}

export interface QueueDeclaration {
  /** The consumer group's queue, e.g. `payment`. */
  readonly queue: string;
  /** Event types that the queue gets. `*` alone binds all. */
  readonly types: readonly string[];
  /** Name of the dead-letter queue. @default `<queue>.dead-letter` */
  readonly deadLetterQueue?: string;
  /** How long a pulled message stays invisible to others, in milliseconds. @default 30_000 */
  readonly leaseMs?: number;
}
