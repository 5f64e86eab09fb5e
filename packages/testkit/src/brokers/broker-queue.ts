import type { Envelope } from '@holdfast/core';
import type { SimulatedEvent } from '../kernel/event-queue.ts';
import { chanceOf, hashText, mix } from '../kernel/mix.ts';
import type { Simulation } from '../kernel/simulation.ts';
import type { BrokerProfile } from './broker-profile.ts';

export interface QueueEntry {
  readonly envelope: Envelope;
  /** Its place among those that were published. */
  readonly place: number;
  deliveries: number;
  state: 'ready' | 'leased' | 'delayed' | 'gone';
  /** Where it stands among those that are ready: lower is earlier. */
  rank: number;
  lease: QueueLease | null;
  timer: SimulatedEvent | null;
}

/** One delivery of an entry. */
export interface QueueLease {
  readonly entry: QueueEntry;
  readonly queue: BrokerQueue;
  /** Which connection holds it. */
  readonly connection: number;
  /** On virtual monotonic time, in milliseconds. */
  endsAt: number;
  isHeld: boolean;
}

export interface BrokerQueueOptions {
  readonly name: string;
  readonly types: readonly string[];
  readonly deadLetterQueue: string | null;
  readonly leaseMs: number;
}

/** A queue of the server: it decides at once, and outside of every process. */
export class BrokerQueue {
  readonly options: BrokerQueueOptions;
  readonly #simulation: Simulation;
  readonly #profile: BrokerProfile;
  readonly #onDead: (entry: QueueEntry, reason: string) => void;
  readonly #waiting = new Set<() => void>();
  readonly #entries = new Set<QueueEntry>();
  #places = 0;
  /** Ranks of what came back to the head: below those of all that was never out, each behind the one before. */
  #headRank = Number.MIN_SAFE_INTEGER;

  constructor(
    options: BrokerQueueOptions,
    {
      simulation,
      profile,
      onDead,
    }: { simulation: Simulation; profile: BrokerProfile; onDead: (entry: QueueEntry, reason: string) => void },
  ) {
    this.options = options;
    this.#simulation = simulation;
    this.#profile = profile;
    this.#onDead = onDead;
  }

  /** Everything that is not settled, in the order of publishing. */
  get entries(): readonly QueueEntry[] {
    return [...this.#entries];
  }

  get size(): number {
    return this.#entries.size;
  }

  add(envelope: Envelope, delayMs = 0): void {
    this.#places += 1;
    const entry: QueueEntry = {
      envelope,
      place: this.#places,
      rank: this.#places,
      deliveries: 0,
      state: 'ready',
      lease: null,
      timer: null,
    };
    this.#entries.add(entry);
    if (delayMs > 0) this.#delay(entry, delayMs);
    else this.wake();
  }

  /** Up to `max` messages, leased to a connection. */
  take(max: number, connection: number): readonly QueueLease[] {
    const taken: QueueLease[] = [];
    for (const entry of this.#inOrder()) {
      if (taken.length === max) break;
      if (entry.state !== 'ready' || this.#isHeldBack(entry)) continue;
      taken.push(this.#lease(entry, connection));
    }
    return taken;
  }

  /** Resolves when something may have become ready. */
  untilWoken(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => this.#waiting.delete(wake);
  }

  wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  /** It is done, and removed. */
  settle(lease: QueueLease): QueueEntry {
    this.#end(lease);
    lease.entry.state = 'gone';
    this.#entries.delete(lease.entry);
    // A group goes on.
    this.wake();
    return lease.entry;
  }

  /** It comes back, now or later. */
  giveBack(lease: QueueLease, delayMs: number): void {
    this.#end(lease);
    if (delayMs > 0) this.#delay(lease.entry, delayMs);
    else this.#comeBack(lease.entry);
  }

  extend(lease: QueueLease, ms: number): void {
    lease.endsAt = this.#simulation.now + ms;
    this.#startTimer(lease, ms);
  }

  /** The connection is gone: what it holds comes back. */
  release(connection: number): void {
    handBack(this.entries.flatMap(({ lease }) => (lease?.connection === connection ? lease : [])));
  }

  /** Takes everything away, for moving it elsewhere. */
  remove(entry: QueueEntry): void {
    if (entry.timer !== null) entry.timer.cancelled = true;
    entry.state = 'gone';
    this.#entries.delete(entry);
  }

  #inOrder(): readonly QueueEntry[] {
    const ready = this.entries.filter(({ state }) => state === 'ready');
    if (this.#profile.order !== 'none') return ready.sort((a, b) => a.rank - b.rank);
    const seed = mix(this.#simulation.seed, hashText(this.options.name));
    const chance = ({ place, deliveries }: QueueEntry) => chanceOf(mix(seed, place), deliveries);
    return ready.sort((a, b) => chance(a) - chance(b));
  }

  /** In a group only the first one that is left is ever out. */
  #isHeldBack({ envelope: { key }, place }: QueueEntry): boolean {
    if (this.#profile.order !== 'groups' || key === null) return false;
    for (const other of this.#entries) {
      if (other.place >= place) return false;
      if (other.envelope.key === key) return true;
    }
    return false;
  }

  #lease(entry: QueueEntry, connection: number): QueueLease {
    const { leaseMs } = this.options;
    const lease: QueueLease = { entry, queue: this, connection, endsAt: this.#simulation.now + leaseMs, isHeld: true };
    entry.state = 'leased';
    entry.lease = lease;
    entry.deliveries += 1;
    this.#startTimer(lease, leaseMs);
    return lease;
  }

  #startTimer(lease: QueueLease, ms: number): void {
    const { entry } = lease;
    if (entry.timer !== null) entry.timer.cancelled = true;
    entry.timer = this.#simulation.after(ms, () => {
      if (lease.isHeld) this.giveBack(lease, 0);
    });
  }

  #end(lease: QueueLease): void {
    lease.isHeld = false;
    lease.entry.lease = null;
    if (lease.entry.timer !== null) lease.entry.timer.cancelled = true;
  }

  #delay(entry: QueueEntry, ms: number): void {
    entry.state = 'delayed';
    entry.timer = this.#simulation.after(ms, () => this.#comeBack(entry));
  }

  #comeBack(entry: QueueEntry): void {
    const { deliveryLimit, comesBack } = this.#profile;
    if (deliveryLimit !== null && entry.deliveries >= deliveryLimit) {
      this.remove(entry);
      this.#onDead(entry, `It was delivered ${entry.deliveries} times.`);
      return;
    }
    entry.state = 'ready';
    if (comesBack === 'first') {
      this.#headRank += 1;
      entry.rank = this.#headRank;
    } else if (comesBack === 'last') {
      this.#places += 1;
      entry.rank = this.#places;
    }
    this.wake();
  }
}

/** Gives back what is held of these, in this order. */
export function handBack(leases: readonly QueueLease[]): void {
  for (const lease of leases) if (lease.isHeld) lease.queue.giveBack(lease, 0);
}
