import {
  type Clock,
  type Delivery,
  numberOption,
  type PullOptions,
  type QueueReader,
  SystemClock,
} from '@holdfast/core';
import { TransportUnavailableError } from '../../errors/transport-unavailable-error.ts';
import { doubledDelivery } from './doubled-delivery.ts';
import { FaultSelector } from './fault-selector.ts';
import { LostDelivery } from './lost-delivery.ts';
import type { ReadFault, ReadFaultPlan } from './read-fault.ts';

interface Held {
  readonly delivery: Delivery;
  readonly dueAt: number;
}

interface Afflicted {
  readonly inner: Delivery;
  readonly faults: readonly ReadFault[];
}

/**
 * A queue reader whose faults are declared: which message comes twice, late, after later ones, or under a lease that is lost. It keeps the contract
 * of {@link QueueReader}; what it holds back stays under the inner lease, and is dropped here when that lease ends.
 */
export class FaultyReader implements QueueReader {
  readonly #inner: QueueReader;
  readonly #clock: Clock;
  readonly #selector: FaultSelector<ReadFault>;
  #held: Held[] = [];

  /** @throws InvalidOptionError */
  constructor(inner: QueueReader, { faults, clock = new SystemClock(), random }: ReadFaultPlan) {
    for (const fault of faults) {
      if ('ms' in fault) numberOption('ms', fault.ms, { min: 0, max: Number.MAX_SAFE_INTEGER });
    }
    this.#inner = inner;
    this.#clock = clock;
    this.#selector = new FaultSelector(faults, random);
  }

  async pull(max: number, { waitMs, signal }: PullOptions): Promise<readonly Delivery[]> {
    const endsAt = this.#clock.monotonic() + waitMs;
    for (;;) {
      if (signal?.aborted) return [];
      const due = this.#takeDue(max);
      if (due.length > 0) return due;
      const left = Math.max(0, Math.min(endsAt, this.#nextDueAt()) - this.#clock.monotonic());
      const pulled = await this.#inner.pull(max, signal === undefined ? { waitMs: left } : { waitMs: left, signal });
      const passed = await this.#afflict(pulled, max, signal);
      if (passed.length > 0) return passed;
      if (this.#clock.monotonic() >= endsAt) return this.#takeDue(max);
    }
  }

  /** How many messages this fault has hit. */
  hits(fault: ReadFault['fault']): number {
    return this.#selector.hits(fault);
  }

  async #afflict(pulled: readonly Delivery[], max: number, signal: AbortSignal | undefined): Promise<Delivery[]> {
    const passing: Delivery[] = [];
    const doubles: Delivery[] = [];
    let delayMs = 0;
    for (const { inner, faults } of await this.#select(pulled)) {
      const duplicate = faults.find((fault) => fault.fault === 'duplicate');
      const held = faults.some(({ fault }) => fault === 'lose-lease') ? new LostDelivery(inner) : inner;
      const [delivery, double] = duplicate === undefined ? [held] : doubledDelivery(held, this.#clock);
      if (double !== undefined && duplicate?.later === true) this.#hold(double, 0);
      else if (double !== undefined) doubles.push(double);
      delayMs = Math.max(delayMs, total(faults, 'delay'));
      const asideMs = total(faults, 'reorder');
      if (asideMs > 0) this.#hold(delivery, asideMs);
      else passing.push(delivery);
    }
    const room = max - passing.length;
    passing.push(...doubles.slice(0, room));
    for (const double of doubles.slice(room)) this.#hold(double, 0);
    if (delayMs > 0) await this.#clock.sleep(delayMs, signal);
    return passing;
  }

  /** @throws TransportUnavailableError when a fault says so; then all are handed back */
  async #select(pulled: readonly Delivery[]): Promise<readonly Afflicted[]> {
    const afflicted = pulled.map((inner) => ({ inner, faults: this.#selector.select(inner.envelope) }));
    if (!afflicted.some(({ faults }) => faults.some(({ fault }) => fault === 'fail'))) return afflicted;
    await Promise.all(pulled.map((inner) => inner.retry(0)));
    throw new TransportUnavailableError('pull, since a fault was injected');
  }

  #hold(delivery: Delivery, ms: number): void {
    this.#held.push({ delivery, dueAt: this.#clock.monotonic() + ms });
  }

  #nextDueAt(): number {
    return this.#held.reduce((earliest, { dueAt }) => Math.min(earliest, dueAt), Infinity);
  }

  #takeDue(max: number): Delivery[] {
    const now = this.#clock.monotonic();
    const due: Delivery[] = [];
    const held: Held[] = [];
    for (const one of this.#held) {
      if (one.delivery.leaseEndsAt <= now) continue;
      if (one.dueAt <= now && due.length < max) due.push(one.delivery);
      else held.push(one);
    }
    this.#held = held;
    return due;
  }
}

function total(faults: readonly ReadFault[], name: 'delay' | 'reorder'): number {
  return faults.reduce((sum, fault) => (fault.fault === name ? sum + fault.ms : sum), 0);
}
