import type { Clock } from '@holdfast/core';
import type { Transport } from '../../transport.ts';
import type { ConformanceFixture } from './conformance-rule.ts';

/** What an adapter says of itself. Rules about what it does not have are left out of its suite. */
export interface TransportCapabilities {
  /**
   * What one reader of a queue sees of the order of a key. `first-deliveries`: they come in the order of publishing.
   * `redeliveries`: also, a message that is leased or comes back holds back the later ones of its key, for all readers.
   */
  readonly order: 'none' | 'first-deliveries' | 'redeliveries';
  /** Whether `deliveryCount` counts every delivery, also those handed back. */
  readonly countsDeliveries: boolean;
  /** Whether what was accepted survives `kill -9` of the broker. */
  readonly survivesBroker: boolean;
  /** Whether dead-lettering is atomic; else a crash in it can leave a message in both queues (never in none). */
  readonly atomicDeadLetter: boolean;
  /** Largest body that is accepted, in bytes. */
  readonly maxMessageBytes: number;
  /** Longest delay of `retry`, in milliseconds; a longer one rejects with InvalidOptionError and changes nothing. */
  readonly maxDelayMs: number;
}

/**
 * A broker for one rule, with nothing in it: {@link describeTransport} opens a new one for each rule. With a server that
 * is shared, `name` keeps the rules apart, and an exchange, topic or schema of its own keeps what it publishes from queues
 * of other worlds that bind `*`.
 */
export interface TransportWorld extends ConformanceFixture {
  readonly capabilities: TransportCapabilities;
  /** The lease to declare queues with: with a real broker as short as it allows, and at least 1,000 ms. */
  readonly leaseMs: number;
  /** The clock of the transports. */
  readonly clock: Clock;
  /** A queue name or event type of this world only, made from a short lower-case word. */
  name(word: string): string;
  /**
   * A client of its own, as another process has it: its own connections and buffers. What the world opens for it (a pool,
   * a client of a service) is closed with it. The world closes those left open.
   */
  connect(): Promise<Transport>;
  /** Lets time pass: moves a manual clock, or waits. */
  passTime(ms: number): Promise<void>;
  /** Takes the way to the broker away, or gives it back: connections break, new ones are refused. Calls may overlap; they take effect in order. */
  setAvailable(available: boolean): Promise<void>;
  /** The network between the clients and the broker; `null` when there is none, which is tested without `network`. */
  readonly network: TransportNetwork | null;
  /** Kills the broker (`kill -9`) and starts it again; `null` when it cannot be, which is tested without `restart`. */
  readonly restart: (() => Promise<void>) | null;
  /**
   * Puts bytes into a queue that are no message of ours, as a foreign client does; returns when the broker has them. `null`
   * where nobody can, which is tested without `raw`.
   */
  readonly sendRaw: ((queue: string, bytes: Uint8Array) => Promise<void>) | null;
}

/** Faults of a network, as `FaultProxy` of `@holdfast/sql/testing` makes them. They concern all clients of the world. */
export interface TransportNetwork {
  /** Resets all connections once; new ones work. */
  cut(): Promise<void>;
  /** A black hole: connections stay open and what is sent vanishes, in both directions, also on new connections. */
  silence(): Promise<void>;
  /** The broker gets what is sent, and its answers vanish. */
  silenceAnswers(): Promise<void>;
  /** Ends the silence; the silent connections are reset. */
  restore(): Promise<void>;
  /**
   * The longest time, in milliseconds, after which the adapter has noticed a silent connection by itself: by then a publish
   * has its receipts, and a pull, a settlement and a declaration have ended.
   */
  readonly noticesSilenceMs: number;
  /** Open connections of the clients to the broker, to see that none is left. */
  connections(): number;
}
