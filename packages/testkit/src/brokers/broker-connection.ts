import { IoLane } from '../kernel/io-site.ts';

let last = 0;

/** A connection of one process to the broker. What is sent on it arrives in order; behind something that was lost, nothing arrives. */
export class BrokerConnection {
  readonly number: number;
  readonly lane = new IoLane();
  /** Batches sent, and those that have arrived. */
  sent = 0;
  arrived = 0;
  isBroken = false;
  /** Batches without receipts. */
  outstanding = 0;
  /** Ends what waits at the server on this connection. */
  readonly waiting = new Set<() => void>();
  /** Resolves when all that was published before has its receipts. */
  receipts: Promise<void> = Promise.resolve();

  constructor() {
    last += 1;
    this.number = last;
  }
}
