/** What a kind of broker guarantees, and what it does not: as data. */
export interface BrokerProfile {
  readonly name: string;
  /**
   * What readers see of the order of a key. `none`: any order. `first-deliveries`: as published, until something is redelivered. `groups`: also, a
   * message of a key that is leased, delayed or comes back holds back the later ones of that key.
   */
  readonly order: 'none' | 'first-deliveries' | 'groups';
  /** `visibility`: a lease ends by time, whoever holds it. `connection`: it ends with the connection too, and messages come back at once. */
  readonly lease: 'visibility' | 'connection';
  /** Where a message stands that comes back: before all that were never out and behind those that came back before it, in its old place, or behind them all. */
  readonly comesBack: 'first' | 'in-place' | 'last';
  /** Whether it may deliver a message twice though it was acked in time. */
  readonly duplicates: boolean;
  /** Whether a delivery may be overtaken by later ones though nothing failed. */
  readonly reorders: boolean;
  /** For how long it drops messages of an id that it has taken before, in milliseconds; 0: it does not. */
  readonly dedupMs: number;
  /** After so many deliveries a message is dead-lettered by the broker itself; `null`: never. */
  readonly deliveryLimit: number | null;
  /** Longest delay of a retry, in milliseconds. */
  readonly maxDelayMs: number;
  /** Largest body, in bytes. */
  readonly maxMessageBytes: number;
}

/** In-process, as `MemoryBroker`: no dedup, order of first deliveries, leases end by time. */
const memory: BrokerProfile = {
  name: 'memory',
  order: 'first-deliveries',
  lease: 'visibility',
  comesBack: 'last',
  duplicates: false,
  reorders: false,
  dedupMs: 0,
  deliveryLimit: null,
  maxDelayMs: Number.MAX_SAFE_INTEGER,
  maxMessageBytes: 262_144,
};

/** Quorum queues of RabbitMQ: unacked messages come back at the head as soon as the connection is gone. Delays as our adapter makes them. */
const rabbitQuorum: BrokerProfile = {
  ...memory,
  name: 'rabbitQuorum',
  lease: 'connection',
  comesBack: 'first',
  maxDelayMs: 86_400_000,
  maxMessageBytes: 16_777_216,
};

/** Standard queues of SQS: any order, now and then a duplicate, a visibility timeout that no connection bounds. */
const sqsStandard: BrokerProfile = {
  ...memory,
  name: 'sqsStandard',
  order: 'none',
  comesBack: 'last',
  duplicates: true,
  reorders: true,
  maxDelayMs: 43_200_000,
  maxMessageBytes: 1_048_576,
};

/** FIFO queues of SQS: dedup by id for five minutes, a group waits while one of its messages is out. */
const sqsFifo: BrokerProfile = {
  ...sqsStandard,
  name: 'sqsFifo',
  order: 'groups',
  comesBack: 'in-place',
  duplicates: false,
  reorders: false,
  dedupMs: 300_000,
};

/** Queues in a SQL database, as `@holdfast/transports/sql` keeps them. */
const sqlQueue: BrokerProfile = { ...memory, name: 'sqlQueue', order: 'groups', comesBack: 'in-place' };

/** What brokers of these kinds guarantee. */
export const profiles = { memory, rabbitQuorum, sqsStandard, sqsFifo, sqlQueue } as const;
