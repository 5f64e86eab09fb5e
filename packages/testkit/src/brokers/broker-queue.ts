import type { Envelope } from '@holdfast/core';
import type { SimulatedEvent } from '../kernel/event-queue.ts';
import { chanceOf, hashText, mix } from '../kernel/mix.ts';
import { runInProcess } from '../kernel/process-context.ts';
import type { Simulation } from '../kernel/simulation.ts';
import type { BrokerConnection } from './broker-connection.ts';
import type { BrokerProfile } from './broker-profile.ts';

export interface QueueEntry {
  readonly envelope: Envelope;
  /** Its place among those that were published. */
  readonly place: number;
  deliveries: number;
  /** Where it stands among those that are ready: lower is earlier. */
  rank: number;
  lease: QueueLease | null;
  /** Ends its lease, or its delay. */
  timer: SimulatedEvent | null;
}

/** One delivery of an entry. */
export interface QueueLease {
  readonly entry: QueueEntry;
  readonly queue: BrokerQueue;
  /** Which connection holds it. */
  readonly connection: BrokerConnection;
  /** On virtual monotonic time, in milliseconds. */
  endsAt: number;
  isHeld: boolean;
  consumerTimeout: SimulatedEvent | null;
}

export interface BrokerQueueOptions {
  readonly name: string;
  readonly types: readonly string[];
  readonly deadLetterQueue: string | null;
  readonly leaseMs: number;
}

export interface QueueKeeper {
  readonly simulation: Simulation;
  readonly profile: BrokerProfile;
  /** It is about to be delivered. Returns for how long it is held back instead, in milliseconds; 0: it is not. */
  onDelivery(queue: BrokerQueue, entry: QueueEntry): number;
  /** The queue has given it up. */
  onDead(queue: BrokerQueue, entry: QueueEntry, reason: string): void;
}

/** A queue of the server: it decides at once, and outside of every process. */
export class BrokerQueue {
  readonly options: BrokerQueueOptions;
  readonly #keeper: QueueKeeper;
  readonly #waiting = new Set<() => void>();
  readonly #entries = new Set<QueueEntry>();
  /** By rank. */
  readonly #ready: QueueEntry[] = [];
  /** What is left of each key, in the order of publishing: only the first one is ever out. */
  readonly #groups = new Map<string, QueueEntry[]>();
  readonly #seed: number;
  #places = 0;
  /** Ranks of what came back to the head: below those of all that was never out, each behind the one before. */
  #headRank = Number.MIN_SAFE_INTEGER;

  constructor(options: BrokerQueueOptions, keeper: QueueKeeper) {
    this.options = options;
    this.#keeper = keeper;
    this.#seed = mix(keeper.simulation.seed, hashText(options.name));
  }

  /** Everything that is not settled, in the order of publishing. */
  get entries(): readonly QueueEntry[] {
    return [...this.#entries];
  }

  get size(): number {
    return this.#entries.size;
  }

  /** At the end. @param deliveries how often it was delivered before */
  add(envelope: Envelope, { delayMs = 0, deliveries = 0 } = {}): void {
    this.#places += 1;
    const place = this.#places;
    const entry: QueueEntry = { envelope, place, rank: place, deliveries, lease: null, timer: null };
    this.#entries.add(entry);
    this.#joinGroup(entry);
    const arrive = () => this.#arrive(entry);
    if (delayMs > 0) entry.timer = outside(() => this.#keeper.simulation.after(delayMs, arrive));
    else this.#makeReady(entry);
  }

  /** Up to `max` messages, leased to a connection. */
  take(max: number, connection: BrokerConnection): readonly QueueLease[] {
    const taken: QueueLease[] = [];
    let index = 0;
    while (taken.length < max) {
      const entry = this.#ready[index];
      if (entry === undefined) break;
      if (this.#isHeldBack(entry)) {
        index += 1;
        continue;
      }
      this.#ready.splice(index, 1);
      const delayMs = this.#keeper.onDelivery(this, entry);
      if (delayMs > 0) this.#delay(entry, delayMs);
      else taken.push(this.#lease(entry, connection));
    }
    return taken;
  }

  /** Calls it when something may have become ready. Returns a function that takes it back. */
  untilWoken(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => this.#waiting.delete(wake);
  }

  /** It is done, and removed. */
  settle(lease: QueueLease): QueueEntry {
    this.#end(lease);
    this.#remove(lease.entry);
    // A group goes on.
    this.#wake();
    return lease.entry;
  }

  /** It comes back, now or later. */
  giveBack(lease: QueueLease, delayMs = 0): void {
    this.#end(lease);
    if (delayMs > 0) this.#delay(lease.entry, delayMs);
    else this.#comeBack(lease.entry);
  }

  extend(lease: QueueLease, ms: number): void {
    lease.endsAt = this.#keeper.simulation.now + ms;
    this.#startTimer(lease, ms);
  }

  /** The connection is gone: what it holds comes back. */
  release(connection: BrokerConnection): void {
    handBack(this.entries.flatMap(({ lease }) => (lease?.connection === connection ? lease : [])));
  }

  /** Everything in it is lost. Returns what it was. */
  clear(): readonly Envelope[] {
    const lost = this.entries;
    for (const entry of lost) {
      if (entry.lease !== null) this.#end(entry.lease);
      if (entry.timer !== null) entry.timer.cancelled = true;
    }
    this.#entries.clear();
    this.#ready.length = 0;
    this.#groups.clear();
    return lost.map(({ envelope }) => envelope);
  }

  #joinGroup(entry: QueueEntry): void {
    const { key } = entry.envelope;
    if (this.#keeper.profile.order !== 'groups' || key === null) return;
    const group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, [entry]);
    else group.push(entry);
  }

  #isHeldBack(entry: QueueEntry): boolean {
    const { key } = entry.envelope;
    if (this.#keeper.profile.order !== 'groups' || key === null) return false;
    return this.#groups.get(key)?.[0] !== entry;
  }

  #remove(entry: QueueEntry): void {
    this.#entries.delete(entry);
    const { key } = entry.envelope;
    const group = key === null ? undefined : this.#groups.get(key);
    if (key === null || group === undefined) return;
    group.splice(group.indexOf(entry), 1);
    if (group.length === 0) this.#groups.delete(key);
  }

  #lease(entry: QueueEntry, connection: BrokerConnection): QueueLease {
    const { simulation, profile } = this.#keeper;
    const endsAt = simulation.now + this.options.leaseMs;
    const lease: QueueLease = { entry, queue: this, connection, endsAt, isHeld: true, consumerTimeout: null };
    entry.lease = lease;
    entry.deliveries += 1;
    this.#startTimer(lease, this.options.leaseMs);
    if (profile.consumerTimeoutMs !== null) {
      const takeAll = () => this.release(connection);
      lease.consumerTimeout = outside(() => simulation.after(profile.consumerTimeoutMs ?? 0, takeAll));
    }
    return lease;
  }

  #startTimer(lease: QueueLease, ms: number): void {
    const { entry, connection } = lease;
    const { simulation, profile } = this.#keeper;
    if (entry.timer !== null) entry.timer.cancelled = true;
    const incarnation = profile.lease === 'connection' ? connection.owner : null;
    // What a process keeps time of itself does not end while it stands still.
    entry.timer = runInProcess(incarnation === null ? null : { simulation, incarnation }, () =>
      simulation.timer(ms, () => this.giveBack(lease), 'a lease'),
    );
  }

  #end(lease: QueueLease): void {
    lease.isHeld = false;
    lease.entry.lease = null;
    if (lease.entry.timer !== null) lease.entry.timer.cancelled = true;
    if (lease.consumerTimeout !== null) lease.consumerTimeout.cancelled = true;
  }

  #delay(entry: QueueEntry, ms: number): void {
    entry.timer = outside(() => this.#keeper.simulation.after(ms, () => this.#comeBack(entry)));
  }

  #comeBack(entry: QueueEntry): void {
    const { deliveryLimit, comesBack } = this.#keeper.profile;
    if (deliveryLimit !== null && entry.deliveries >= deliveryLimit && this.options.deadLetterQueue !== null) {
      this.#remove(entry);
      this.#keeper.onDead(this, entry, `It was delivered ${entry.deliveries} times.`);
      this.#wake();
      return;
    }
    if (comesBack === 'first') {
      this.#headRank += 1;
      entry.rank = this.#headRank;
    }
    if (comesBack === 'last') this.#arrive(entry);
    else this.#makeReady(entry);
  }

  /** Behind all others. */
  #arrive(entry: QueueEntry): void {
    this.#places += 1;
    entry.rank = this.#places;
    this.#makeReady(entry);
  }

  #makeReady(entry: QueueEntry): void {
    if (this.#keeper.profile.order === 'none') entry.rank = chanceOf(mix(this.#seed, entry.place), entry.deliveries);
    this.#ready.splice(placeOf(entry.rank, this.#ready), 0, entry);
    this.#wake();
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }
}

/** Gives back what is held of these, in this order. */
export function handBack(leases: readonly QueueLease[]): void {
  for (const lease of leases) if (lease.isHeld) lease.queue.giveBack(lease);
}

function outside<Result>(work: () => Result): Result {
  return runInProcess(null, work);
}

/** Behind all of a lower or the same rank. */
function placeOf(rank: number, ready: readonly QueueEntry[]): number {
  let from = 0;
  let to = ready.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((ready[middle]?.rank ?? 0) <= rank) from = middle + 1;
    else to = middle;
  }
  return from;
}
