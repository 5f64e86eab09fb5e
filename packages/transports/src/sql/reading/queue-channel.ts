import type { Clock, Delivery } from '@holdfast/core';
import { TransportUnavailableError } from '../../errors/transport-unavailable-error.ts';
import type { PollPace } from './poll-pace.ts';
import type { QueueTaker } from './queue-taker.ts';
import type { SqlDelivery } from './sql-delivery.ts';

/** Most messages that one pull of the database takes, for all who wait. */
const MAX_BATCH = 1_000;

export interface QueueChannelOptions {
  readonly queueName: string;
  readonly taker: QueueTaker;
  readonly clock: Clock;
  readonly pace: PollPace;
}

export interface PullRequest {
  readonly max: number;
  readonly waitMs: number;
  readonly signal: AbortSignal | undefined;
}

interface Waiter {
  readonly max: number;
  readonly deadline: number;
  readonly end: (deliveries: readonly Delivery[] | Error) => void;
}

/**
 * Those in this process who wait for messages of one queue, served in the order in which they came. They share one poll, and
 * there is one only while somebody waits.
 */
export class QueueChannel {
  readonly #options: QueueChannelOptions;
  readonly #waiters = new Set<Waiter>();
  #driving: Promise<void> | null = null;
  #resume: AbortController | null = null;
  #nudged = false;

  constructor(options: QueueChannelOptions) {
    this.#options = options;
  }

  async pull({ max, waitMs, signal }: PullRequest): Promise<readonly Delivery[]> {
    if (signal?.aborted) return [];
    return new Promise((resolve, reject) => {
      const end = (result: readonly Delivery[] | Error) => {
        signal?.removeEventListener('abort', onAbort);
        this.#waiters.delete(waiter);
        if (result instanceof Error) reject(result);
        else resolve(result);
      };
      const onAbort = () => {
        end([]);
        this.#wake();
      };
      const waiter: Waiter = { max, deadline: this.#options.clock.monotonic() + waitMs, end };
      signal?.addEventListener('abort', onAbort);
      this.#waiters.add(waiter);
      this.#wake();
      this.#driving ??= this.#drive();
    });
  }

  /** There may be something to pull; what came back, too. */
  nudge(): void {
    this.#options.taker.lookForReturned();
    if (this.#waiters.size === 0) return;
    this.#options.pace.reset();
    this.#wake();
  }

  /** Ends waiting pulls with no messages, and hands back what this process holds. */
  async close(): Promise<void> {
    for (const waiter of this.#waiters) waiter.end([]);
    this.#wake();
    await this.#driving;
    await this.#options.taker.close();
  }

  #wake(): void {
    this.#nudged = true;
    this.#resume?.abort();
  }

  async #drive(): Promise<void> {
    while (this.#waiters.size > 0) {
      this.#nudged = false;
      const asked = [...this.#waiters];
      try {
        const isEmpty = await this.#serve(asked);
        if (isEmpty) await this.#pause(asked);
      } catch (cause) {
        this.#fail(asked, cause);
      }
    }
    this.#driving = null;
  }

  /** Returns whether there was nothing. */
  async #serve(asked: readonly Waiter[]): Promise<boolean> {
    const { taker, pace } = this.#options;
    const wanted = asked.reduce((sum, { max }) => sum + max, 0);
    const { deliveries, more } = await taker.take(Math.min(wanted, MAX_BATCH));
    if (deliveries.length === 0) return !more;
    pace.reset();
    const surplus = this.#distribute(asked, deliveries);
    if (surplus.length > 0) await taker.handBack(surplus);
    return false;
  }

  /** Returns what nobody wants any more. */
  #distribute(asked: readonly Waiter[], deliveries: readonly SqlDelivery[]): readonly SqlDelivery[] {
    let given = 0;
    for (const waiter of [...asked, ...this.#waiters]) {
      if (given === deliveries.length) break;
      if (!this.#waiters.has(waiter)) continue;
      waiter.end(deliveries.slice(given, given + waiter.max));
      given = Math.min(deliveries.length, given + waiter.max);
    }
    return deliveries.slice(given);
  }

  /** After an empty answer: ends those of whom the time has passed, and waits for a nudge or the next poll. */
  async #pause(asked: readonly Waiter[]): Promise<void> {
    const { clock, pace } = this.#options;
    const now = clock.monotonic();
    for (const waiter of asked) {
      if (waiter.deadline <= now && this.#waiters.has(waiter)) waiter.end([]);
    }
    if (this.#waiters.size === 0 || this.#nudged) return;
    const poll = now + pace.next();
    while (!this.#nudged && this.#waiters.size > 0) {
      const next = Math.min(poll, ...[...this.#waiters].map(({ deadline }) => deadline));
      const resume = new AbortController();
      this.#resume = resume;
      await clock.sleep(next - clock.monotonic(), resume.signal);
      this.#resume = null;
      const later = clock.monotonic();
      for (const waiter of this.#waiters) if (waiter.deadline <= later) waiter.end([]);
      if (later >= poll) return;
    }
  }

  /** Those who came while the answer was awaited ask anew. */
  #fail(asked: readonly Waiter[], cause: unknown): void {
    const error = new TransportUnavailableError(`pull from "${this.#options.queueName}"`, { cause });
    for (const waiter of asked) if (this.#waiters.has(waiter)) waiter.end(error);
  }
}
