import type { FaultProxy } from '@holdfast/sql/testing';
import type { Transport } from '@holdfast/transports/memory';

/** A real broker as a relay and a consumer have it. */
export interface BrokerWorld {
  /** The name of a queue of this test only. */
  readonly queue: string;
  /** Between the publisher and the broker, only. */
  readonly proxy: FaultProxy;
  readonly publisher: Transport;
  /** Its way to the broker is not disturbed. */
  readonly consumer: Transport;
}
