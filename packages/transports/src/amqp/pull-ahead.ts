import type { AmqpSettings } from './amqp-settings.ts';

/** Pulls that follow each other within this time, each getting all that it asked for, are a flow. */
const FLOW_MS = 100;
/** How many buffer times a message waits at most while pulls go on. */
const MAX_BUFFER_TIMES = 5;

/** What a consumption may bring. */
export interface Consumption {
  readonly isConsuming: boolean;
  /** How many more messages the broker may send now; 0 when it does not send any. */
  readonly credit: number;
  readonly prefetch: number;
}

/**
 * Decides how many messages the broker may send. Exactly what was asked for, so that nobody holds what others could work on;
 * more and more ahead while pulls follow each other and find nothing, so that a fast reader never waits for the network.
 */
export class PullAhead {
  readonly #prefetch: number;
  readonly #bufferMs: number;
  #ahead = 0;
  #endedAt = -Infinity;
  #wasFull = false;

  constructor({ prefetch, bufferMs }: Pick<AmqpSettings, 'prefetch' | 'bufferMs'>) {
    this.#prefetch = prefetch;
    this.#bufferMs = bufferMs;
  }

  /** A pull comes. */
  begin(max: number, foundNothing: boolean, now: number): void {
    if (!foundNothing || !this.#wasFull || now - this.#endedAt > FLOW_MS) return;
    this.#ahead = Math.min(this.#prefetch, 2 * Math.max(this.#ahead, max));
  }

  /** A pull gets messages. */
  end(isFull: boolean, now: number): void {
    this.#wasFull = isFull;
    this.#endedAt = now;
  }

  /** Nobody pulls any more: nothing is to be held for the next one. */
  reset(): void {
    this.#ahead = 0;
    this.#wasFull = false;
    this.#endedAt = -Infinity;
  }

  /** When to give back what nobody pulled, on `Clock.monotonic()`. */
  endsAt(oldestArrival: number): number {
    return Math.min(this.#endedAt + this.#bufferMs, oldestArrival + MAX_BUFFER_TIMES * this.#bufferMs);
  }

  /**
   * With how much room to consume anew, or 0 when the consumption stays as it is. It is replaced only while the broker may
   * not send anything: a quorum queue puts back what is on its way to a consumer that ends, behind what comes later.
   */
  prefetchFor(session: Consumption, demand: number, held: number): number {
    const wanted = Math.min(this.#prefetch - held, Math.max(demand, this.#ahead));
    if (wanted <= 0 || session.credit > 0) return 0;
    const isNeeded = demand > 0 || (session.isConsuming && session.prefetch < wanted);
    return isNeeded ? wanted : 0;
  }
}
