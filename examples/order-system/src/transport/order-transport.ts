import type { Publisher } from '@holdfast/core';
import type { Transport } from '@holdfast/transports/memory';
import type { RelayRoute } from './relay-route.ts';

/** The part of the relay's process that a transport may need to lose its answers. */
export interface RelayControl {
  /** Receipts get to the process and not to the relay in it, as long as the process lives. */
  withholdReceipts(): void;
}

/** A transport as one run uses it: opened for it alone, disturbed in the middle, and left as it was found. */
export interface OrderTransport {
  /** This process's own end: consumers read from it. */
  readonly transport: Transport;
  /** How the relay's process reaches the same broker. */
  readonly relayRoute: RelayRoute;
  /** Takes what the relay's process publishes through this one; `null` when that one reaches the broker itself. */
  readonly parentPublisher: Publisher | null;
  /** Short, so that what could not be settled while the transport was down comes again soon. */
  readonly leaseMs: number;
  /** The name of a service's queue, unique to this run where others use the broker too. */
  queueOf(service: string): string;
  /** Takes the transport down for everybody, or up again. */
  setAvailable(available: boolean): Promise<void>;
  /** From now on the broker takes what the relay publishes, and what it answers gets lost. The relay is killed next. */
  loseAnswers(relay: RelayControl): void;
  /** Answers get through again. To be called when the relay is dead. */
  restoreAnswers(): void;
  /** Messages in these services' queues that are not settled, dead letters included. */
  queuedCount(services: readonly string[]): Promise<number>;
  /** Ends it, and takes away what the run made on the broker. */
  close(): Promise<void>;
}
