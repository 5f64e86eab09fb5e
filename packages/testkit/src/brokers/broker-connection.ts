import type { Incarnation } from '../kernel/incarnation.ts';
import { IoLane } from '../kernel/io-site.ts';

/** A connection of one process to the broker. What is sent on it arrives in order; behind something that was lost, nothing arrives. */
export class BrokerConnection {
  /** Whose it is; `null` outside of processes. */
  readonly owner: Incarnation | null;
  readonly lane = new IoLane();
  /** Batches sent, and those that have arrived. */
  sent = 0;
  arrived = 0;
  isBroken = false;
  /** Numbers of the batches without receipts, in the order of sending. */
  readonly outstanding = new Set<number>();
  /** Ends what waits at the server on this connection. */
  readonly waiting = new Set<() => void>();
  /** Resolves when all that was published before has its receipts. */
  receipts: Promise<void> = Promise.resolve();
  readonly #notTaken = new Map<string, number>();

  constructor(owner: Incarnation | null) {
    this.owner = owner;
  }

  /** Up to which batch the sender has all receipts. */
  get answered(): number {
    for (const first of this.outstanding) return first - 1;
    return this.sent;
  }

  /** A message of this key, in this batch, was not taken. */
  withhold(key: string | null, batch: number): void {
    if (key !== null) this.#notTaken.set(key, batch);
  }

  /** Whether one of this key was not taken that the sender did not know of, with the receipts that it had when it sent this one. */
  withholds(key: string | null, answered: number): boolean {
    return key !== null && (this.#notTaken.get(key) ?? 0) > answered;
  }
}
