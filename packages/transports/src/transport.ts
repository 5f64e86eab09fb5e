import type { Publisher, QueueReader, Topology } from '@holdfast/core';

/**
 * A transport as a whole, as one process has it: it publishes, declares queues and reads them. Every adapter is one, and the
 * conformance suite takes nothing else.
 */
export interface Transport extends Publisher, Topology {
  /**
   * Reads a queue or a dead-letter queue, which may be declared later. Several readers of one queue share its messages.
   * A reader costs nothing until it is pulled from.
   */
  reader(queue: string): QueueReader;
  /**
   * Ends waiting pulls with no messages, hands back what is held and not settled where the broker can be told, and settles
   * publishes that have no answer (`unknown`, or `unavailable` when nothing was sent). Resolves within a bounded time when
   * nothing of ours is left: no timer, socket or listener. Clients that the caller passed in stay open. Calling it again
   * does the same as the first time. Afterwards `publish` gives `unavailable`, everything else rejects with
   * TransportClosedError.
   */
  close(): Promise<void>;
}
