import type { Envelope, QueueDeclaration, Receipt } from '@holdfast/core';
import { markDeadLetter, QueueMismatchError, UnknownQueueError } from '@holdfast/transports/memory';
import type { SimulatedEvent } from '../kernel/event-queue.ts';
import { EPOCH_MS } from '../kernel/simulated-clock.ts';
import type { Simulation } from '../kernel/simulation.ts';
import type { BrokerProfile } from './broker-profile.ts';
import { BrokerQueue, type QueueEntry, type QueueLease } from './broker-queue.ts';

/** A delivery that happened, for checks. */
export interface DeliveryRecord {
  /** Virtual milliseconds since the start. */
  readonly at: number;
  readonly queue: string;
  readonly id: string;
  readonly key: string | null;
}

const DEFAULT_LEASE_MS = 30_000;
const accepted: Receipt = Object.freeze({ outcome: 'accepted' });

/** The broker itself: it outlives every process, decides at once, and keeps to its profile. */
export class BrokerServer {
  readonly name: string;
  readonly profile: BrokerProfile;
  readonly deliveries: DeliveryRecord[] = [];
  readonly #simulation: Simulation;
  readonly #queues = new Map<string, BrokerQueue>();
  readonly #declared = new Map<string, BrokerQueue>();
  readonly #taken = new Map<string, number>();

  constructor(simulation: Simulation, name: string, profile: BrokerProfile) {
    this.#simulation = simulation;
    this.name = name;
    this.profile = profile;
  }

  get now(): number {
    return this.#simulation.now;
  }

  after(ms: number, fire: () => void): SimulatedEvent {
    return this.#simulation.after(ms, fire);
  }

  /** @throws QueueMismatchError */
  declare({
    queue: name,
    types,
    deadLetterQueue = `${name}.dead-letter`,
    leaseMs = DEFAULT_LEASE_MS,
  }: QueueDeclaration): void {
    const wanted = { name, types: [...new Set(types)].sort(), deadLetterQueue, leaseMs };
    const existing = this.#declared.get(name);
    if (existing !== undefined) {
      assertSame(existing.options, wanted);
      return;
    }
    if (!this.#queues.has(deadLetterQueue))
      this.#queues.set(
        deadLetterQueue,
        this.#make({ ...wanted, name: deadLetterQueue, types: [], deadLetterQueue: null }),
      );
    const queue = this.#make(wanted);
    this.#queues.set(name, queue);
    this.#declared.set(name, queue);
  }

  publish(envelope: Envelope): Receipt {
    const { maxMessageBytes, dedupMs } = this.profile;
    const { byteLength } = envelope.body;
    if (byteLength > maxMessageBytes)
      return rejected(`Its body has ${byteLength} bytes, more than ${maxMessageBytes}.`);
    const bound = [...this.#declared.values()].filter(
      ({ options: { types } }) => types.includes('*') || types.includes(envelope.type),
    );
    if (bound.length === 0) return rejected('No queue binds its type.');
    if (dedupMs > 0 && this.#isKnown(envelope.id, dedupMs)) return accepted;
    for (const queue of bound) queue.add(copied(envelope));
    return accepted;
  }

  /** @throws UnknownQueueError */
  queue(name: string): BrokerQueue {
    const queue = this.#queues.get(name);
    if (queue === undefined) throw new UnknownQueueError(name);
    return queue;
  }

  take(name: string, max: number, connection: number): readonly QueueLease[] {
    const queue = this.queue(name);
    const leases = queue.take(max, connection);
    return leases.filter((lease) => {
      const { id, key } = lease.entry.envelope;
      const fault = this.#deliveryFault();
      if (fault?.kind === 'reorder') {
        queue.giveBack(lease, fault.ms ?? 100);
        return false;
      }
      if (fault?.kind === 'duplicate') queue.add(lease.entry.envelope, fault.ms ?? 0);
      this.deliveries.push({ at: this.#simulation.now, queue: name, id, key });
      return true;
    });
  }

  deadLetter(lease: QueueLease, reason: string): void {
    this.#bury(lease.queue, lease.queue.settle(lease), reason);
  }

  /** A connection is gone. */
  release(connection: number): void {
    if (this.profile.lease !== 'connection') return;
    for (const queue of this.#queues.values()) queue.release(connection);
  }

  /** Messages in a queue that are not settled. */
  depth(name: string): number {
    return this.#queues.get(name)?.size ?? 0;
  }

  /** Messages of all queues but dead-letter queues. */
  get unsettled(): number {
    return [...this.#declared.values()].reduce((sum, { size }) => sum + size, 0);
  }

  get deadLetters(): readonly Envelope[] {
    return [...this.#queues.values()]
      .filter((queue) => !this.#declared.has(queue.options.name))
      .flatMap(({ entries }) => entries.map(({ envelope }) => envelope));
  }

  #deliveryFault() {
    const { duplicates, reorders } = this.profile;
    const kinds = [...(duplicates ? (['duplicate'] as const) : []), ...(reorders ? (['reorder'] as const) : [])];
    return this.#simulation.faultAt(this.name, 'deliver', { kinds });
  }

  #make(options: BrokerQueue['options']): BrokerQueue {
    const queue: BrokerQueue = new BrokerQueue(options, {
      simulation: this.#simulation,
      profile: this.profile,
      onDead: (entry, reason) => this.#bury(queue, entry, reason),
    });
    return queue;
  }

  #bury(
    { options: { name, deadLetterQueue } }: BrokerQueue,
    { envelope, deliveries }: QueueEntry,
    reason: string,
  ): void {
    // What is dead-lettered in a dead-letter queue stays there.
    const target = this.queue(deadLetterQueue ?? name);
    const time = EPOCH_MS + Math.floor(this.#simulation.now);
    target.add(markDeadLetter(envelope, { reason, queue: name, time, deliveryCount: deliveries }));
  }

  #isKnown(id: string, withinMs: number): boolean {
    const { now } = this.#simulation;
    const before = this.#taken.get(id);
    if (before !== undefined && now - before < withinMs) return true;
    this.#taken.set(id, now);
    return false;
  }
}

function rejected(reason: string): Receipt {
  return { outcome: 'rejected', reason };
}

/** A copy, as a server has one: the sender's buffers may be used again. */
function copied(envelope: Envelope): Envelope {
  const attributes = Object.freeze(Object.assign(Object.create(null), envelope.attributes));
  return Object.freeze({ ...envelope, attributes, body: envelope.body.slice() });
}

function assertSame(existing: BrokerQueue['options'], wanted: BrokerQueue['options']): void {
  for (const property of ['types', 'deadLetterQueue', 'leaseMs'] as const) {
    const [before, after] = [String(existing[property]), String(wanted[property])];
    if (before !== after)
      throw new QueueMismatchError({ queue: wanted.name, property, existing: before, declared: after });
  }
}
