/** What a kind of broker guarantees, and what it does not: as data. Another one is made of one of {@link profiles}: `{ ...profiles.rabbitQuorum, deliveryLimit: 20 }`. */
export interface BrokerProfile {
  readonly name: string;
  /**
   * What readers see of the order of a key. `none`: any order. `first-deliveries`: as published, until something is redelivered. `groups`: also, a
   * message of a key that is leased, delayed or comes back holds back the later ones of that key.
   */
  readonly order: 'none' | 'first-deliveries' | 'groups';
  /**
   * `visibility`: a lease ends by the server's time, whoever holds it. `connection`: it is kept in the process that holds it, so that it ends late while
   * that stands still; it ends with the connection too, and messages come back at once.
   */
  readonly lease: 'visibility' | 'connection';
  /** How long a connection may hold a message before the server takes everything from it, in milliseconds; `null`: for ever, or as long as the lease. */
  readonly consumerTimeoutMs: number | null;
  /** Where a message stands that comes back: before all that were never out and behind those that came back before it, in its old place, or behind them all. */
  readonly comesBack: 'first' | 'in-place' | 'last';
  /** A retry with delay is a copy that comes last, and then an ack: what breaks in between leaves both. */
  readonly delaysByCopy: boolean;
  /** Whether a dead letter is in exactly one of both queues at any time; else it is a copy, and then an ack. */
  readonly atomicDeadLetter: boolean;
  /** Whether it may deliver a message twice though it was acked in time. */
  readonly duplicates: boolean;
  /** Whether a delivery may be overtaken by later ones though nothing failed. */
  readonly reorders: boolean;
  /** Whether a batch may have its receipts before an earlier one has. */
  readonly confirmsInAnyOrder: boolean;
  /** After how many milliseconds a sender is asked to try a message again that was not taken; `null`: it is not told. */
  readonly throttleMs: number | null;
  /** For how long it drops messages of an id that it has taken before, in milliseconds; 0: it does not. */
  readonly dedupMs: number;
  /** After so many deliveries a message is dead-lettered by the broker itself; `null`: never. */
  readonly deliveryLimit: number | null;
  /** Whether messages are still there when it was down; queues always are. */
  readonly survivesRestart: boolean;
  /** Longest delay of a retry, in milliseconds. */
  readonly maxDelayMs: number;
  /** Largest body, in bytes. */
  readonly maxMessageBytes: number;
}

/**
 * As `MemoryBroker`, for several processes: leases that end by time, order of first deliveries, what comes back is last; no dedup, no limit. `down` is its
 * `setAvailable(false)`: nothing is lost. Not modelled: that a `MemoryBroker` ends with its process (let one process have a real one), and full queues.
 */
const memory: BrokerProfile = {
  name: 'memory',
  order: 'first-deliveries',
  lease: 'visibility',
  consumerTimeoutMs: null,
  comesBack: 'last',
  delaysByCopy: false,
  atomicDeadLetter: true,
  duplicates: false,
  reorders: false,
  confirmsInAnyOrder: false,
  throttleMs: null,
  dedupMs: 0,
  deliveryLimit: null,
  survivesRestart: true,
  maxDelayMs: Number.MAX_SAFE_INTEGER,
  maxMessageBytes: 262_144,
};

/**
 * Quorum queues of RabbitMQ as `@holdfast/transports/amqp` uses them. Modelled: confirms in any order, a nack of one message, what is held comes back before
 * what was never out as soon as the connection is gone, leases that a process keeps itself, the consumer timeout (30 minutes), delays and dead letters
 * as a copy and an ack, no limit of deliveries (`deliveryLimit: 20` is what RabbitMQ does by itself from 4.0 on). Not modelled: that the server may notice a
 * lost connection long after the client, a second connection for publishing, loss of the minority of a cluster, full queues, streams and classic queues.
 */
const rabbitQuorum: BrokerProfile = {
  ...memory,
  name: 'rabbitQuorum',
  lease: 'connection',
  consumerTimeoutMs: 1_800_000,
  comesBack: 'first',
  delaysByCopy: true,
  atomicDeadLetter: false,
  confirmsInAnyOrder: true,
  maxDelayMs: 86_400_000,
  maxMessageBytes: 16_777_216,
};

/**
 * Standard queues of SQS as `@holdfast/transports/sqs` uses them. Modelled: any order, a message that later ones overtake, one that is delivered twice though it was
 * acked, visibility timeouts that no connection bounds, throttling of one message, receipts in any order, dead letters as a copy and an ack. Not modelled: a
 * redrive policy of the operator (take `deliveryLimit`), the limit of messages in flight, retention, and empty answers though there are messages.
 */
const sqsStandard: BrokerProfile = {
  ...memory,
  name: 'sqsStandard',
  order: 'none',
  atomicDeadLetter: false,
  duplicates: true,
  reorders: true,
  confirmsInAnyOrder: true,
  throttleMs: 200,
  maxDelayMs: 43_200_000,
  maxMessageBytes: 1_048_576,
};

/**
 * FIFO queues of SQS: as {@link sqsStandard}, but an id is taken once in five minutes, and a group waits while one of its messages is out or delayed, which comes back
 * in its old place. The key is the group; messages without one have no order. Not modelled: the limits of throughput, and of 120,000 messages in flight.
 */
const sqsFifo: BrokerProfile = {
  ...sqsStandard,
  name: 'sqsFifo',
  order: 'groups',
  comesBack: 'in-place',
  duplicates: false,
  reorders: false,
  dedupMs: 300_000,
};

/**
 * Queues in a SQL database, as `@holdfast/transports/sql` keeps them with `order: 'key'`: groups, leases by the database's clock, moves in one transaction. Not modelled: what the
 * statements do; for that let a real `SqlTransport` run on a simulated database.
 */
const sqlQueue: BrokerProfile = { ...memory, name: 'sqlQueue', order: 'groups', comesBack: 'in-place' };

/** What brokers of these kinds guarantee. */
export const profiles = { memory, rabbitQuorum, sqsStandard, sqsFifo, sqlQueue } as const;
