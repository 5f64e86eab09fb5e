import type { Publisher } from '@holdfast/core';
import type { RelayRoute } from './relay-route.ts';
import type { ServiceQueues } from './service-queues.ts';
import type { TransportFaults } from './transport-faults.ts';

/** A transport as one run uses it: opened for it alone, disturbed in the middle, and left as it was found. */
export interface OrderTransport {
  readonly queues: ServiceQueues;
  readonly faults: TransportFaults;
  /** How the relay's process reaches the same broker. */
  readonly relayRoute: RelayRoute;
  /** Takes what the relay's process publishes through this one; `null` when that one reaches the broker itself. */
  readonly parentPublisher: Publisher | null;
  /** For how long nothing may have moved before the run counts as quiet: what the broker says of its queues may lag. */
  readonly quietMs: number;
  /**
   * Ends it when relay and consumers have stopped, and takes away what the run made on the broker. Tells how many messages
   * were left in the queues, dead letters included. Calling it again does the same as the first time.
   */
  close(): Promise<number>;
}
