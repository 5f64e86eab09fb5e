import type { AmqpSettings } from './amqp-settings.ts';

/** Pulls that follow each other within this time are a flow. */
const FLOW_MS = 100;
/** How much more a flow gets ahead each time. */
const GROWTH = 4;
/** Less than this much more is not worth beginning anew. */
const WORTHWHILE = 1.5;
/** How many buffer times a message waits at most while pulls go on. */
const MAX_BUFFER_TIMES = 5;

/**
 * Decides how many messages the broker may send. Exactly what was asked for, so that nobody holds what others could work on;
 * more and more ahead while pulls follow each other and find nothing, so that a fast reader never waits for the network.
 */
export class PullAhead {
  readonly #prefetch: number;
  readonly #bufferMs: number;
  #endedAt = -Infinity;

  constructor({ prefetch, bufferMs }: Pick<AmqpSettings, 'prefetch' | 'bufferMs'>) {
    this.#prefetch = prefetch;
    this.#bufferMs = bufferMs;
  }

  /** A pull gets messages. */
  end(now: number): void {
    this.#endedAt = now;
  }

  /** Nobody pulls any more: nothing is to be held for the next one. */
  reset(): void {
    this.#endedAt = -Infinity;
  }

  /** When to give back what nobody pulled, on `Clock.monotonic()`. */
  endsAt(oldestArrival: number): number {
    return Math.min(this.#endedAt + this.#bufferMs, oldestArrival + MAX_BUFFER_TIMES * this.#bufferMs);
  }

  /** With how much room to consume for pulls that wait and may get nothing now; 0 when enough is held. */
  prefetchFor(demand: number, held: number): number {
    return Math.max(0, Math.min(this.#prefetch - held, demand));
  }

  /** With how much room to go on when a pull found nothing because the broker might not send more; 0 to stay. */
  growth(prefetch: number, pull: { readonly max: number; readonly held: number; readonly now: number }): number {
    if (pull.now - this.#endedAt > FLOW_MS) return 0;
    const wanted = Math.min(this.#prefetch - pull.held, GROWTH * Math.max(prefetch, pull.max));
    return wanted >= WORTHWHILE * prefetch ? wanted : 0;
  }
}
