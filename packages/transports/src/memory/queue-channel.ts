import type { Clock, Delivery } from '@holdfast/core';
import { Alarm } from '../timing/alarm.ts';
import { DeadlineHeap, type DeadlineItem } from '../timing/deadline-heap.ts';
import type { Availability } from './availability.ts';
import type { ByteArena } from './byte-arena.ts';
import { MemoryDelivery } from './memory-delivery.ts';
import type { MemoryQueue } from './memory-queue.ts';

export interface QueueChannelOptions {
  readonly queue: MemoryQueue;
  /** Where dead letters go; `null` on a dead-letter queue, which keeps its own. */
  readonly deadLetters: QueueChannel | null;
  readonly clock: Clock;
  readonly availability: Availability;
  /** For the bodies of what is stored. */
  readonly arena: ByteArena;
  /** For the bodies of what is delivered. */
  readonly deliveryArena: ByteArena;
}

export interface PullRequest {
  readonly max: number;
  readonly waitMs: number;
  readonly signal: AbortSignal | undefined;
}

interface Waiter extends DeadlineItem {
  readonly max: number;
  readonly end: (deliveries: readonly Delivery[] | Error) => void;
}

/**
 * A queue and those who wait for its messages, served in the order in which they came. There is one timer for the
 * queue, and only while somebody waits: leases that end while nobody waits are seen at the next call.
 */
export class QueueChannel {
  readonly queue: MemoryQueue;
  readonly deadLetters: QueueChannel | null;
  readonly clock: Clock;
  readonly availability: Availability;
  readonly arena: ByteArena;
  readonly #deliveryArena: ByteArena;
  readonly #waiters = new Set<Waiter>();
  readonly #waitersByDeadline = new DeadlineHeap<Waiter>();
  readonly #alarm: Alarm;

  constructor({ queue, deadLetters, clock, availability, arena, deliveryArena }: QueueChannelOptions) {
    this.queue = queue;
    this.deadLetters = deadLetters;
    this.clock = clock;
    this.availability = availability;
    this.arena = arena;
    this.#deliveryArena = deliveryArena;
    this.#alarm = new Alarm(clock, () => this.changed());
  }

  async pull({ max, waitMs, signal }: PullRequest): Promise<readonly Delivery[]> {
    if (signal?.aborted) return [];
    const deliveries = this.#deliver(max);
    if (deliveries.length > 0 || waitMs === 0) return deliveries;
    return this.#wait({ max, waitMs, signal });
  }

  /** Serves those who wait. To be called after everything that can make a message ready. */
  changed(): void {
    if (this.#waiters.size === 0) return;
    const now = this.clock.monotonic();
    for (const waiter of this.#waiters) {
      if (!this.queue.hasReady(now)) break;
      waiter.end(this.#deliver(waiter.max));
    }
    for (let first = this.#waitersByDeadline.peek(); first !== undefined; first = this.#waitersByDeadline.peek()) {
      if (first.deadline > now) break;
      first.end([]);
    }
    this.#arm();
  }

  /** Ends every waiting pull with this error, or with no messages. */
  dismiss(error: Error | null): void {
    for (const waiter of this.#waiters) waiter.end(error ?? []);
  }

  #deliver(max: number): readonly Delivery[] {
    const now = this.clock.monotonic();
    const deliveries: Delivery[] = [];
    while (deliveries.length < max) {
      const entry = this.queue.take(now);
      if (entry === undefined) break;
      deliveries.push(new MemoryDelivery(this, entry, entry.message.restore(this.#deliveryArena)));
    }
    return deliveries;
  }

  #wait({ max, waitMs, signal }: PullRequest): Promise<readonly Delivery[]> {
    return new Promise((resolve, reject) => {
      const end = (result: readonly Delivery[] | Error) => {
        signal?.removeEventListener('abort', onAbort);
        this.#remove(waiter);
        if (result instanceof Error) reject(result);
        else resolve(result);
      };
      const onAbort = () => end([]);
      const waiter: Waiter = { max, end, deadline: this.clock.monotonic() + waitMs, order: 0, heapIndex: 0 };
      signal?.addEventListener('abort', onAbort);
      this.#waiters.add(waiter);
      this.#waitersByDeadline.add(waiter);
      this.#arm();
    });
  }

  #remove(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    this.#waitersByDeadline.remove(waiter);
    if (this.#waiters.size === 0) this.#alarm.cancel();
  }

  #arm(): void {
    if (this.#waiters.size === 0) return;
    this.#alarm.set(Math.min(this.#waitersByDeadline.peek()?.deadline ?? Infinity, this.queue.nextReturnAt()));
  }
}
