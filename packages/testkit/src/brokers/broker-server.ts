import type { Envelope, QueueDeclaration, Receipt } from '@holdfast/core';
import { markDeadLetter, QueueMismatchError, UnknownQueueError } from '@holdfast/transports/memory';
import type { FaultKind } from '../faults/fault.ts';
import type { SimulatedEvent } from '../kernel/event-queue.ts';
import { EPOCH_MS } from '../kernel/simulated-clock.ts';
import type { Simulation } from '../kernel/simulation.ts';
import type { BrokerConnection } from './broker-connection.ts';
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
/** How long a duplicate comes after, or a message is overtaken, when the fault does not say. */
const DEFAULT_HOLD_MS = 100;
const ACCEPTED: Receipt = Object.freeze({ outcome: 'accepted' });
const REFUSED: Receipt = Object.freeze({ outcome: 'unavailable', reason: 'The broker did not take it.' });
const BEHIND: Receipt = Object.freeze({
  outcome: 'unavailable',
  reason: 'An earlier message of its key was not taken.',
});

/** The broker itself: it outlives every process, decides at once, and keeps to its profile. */
export class BrokerServer {
  readonly name: string;
  readonly profile: BrokerProfile;
  readonly deliveries: DeliveryRecord[] = [];
  readonly #simulation: Simulation;
  readonly #queues = new Map<string, BrokerQueue>();
  readonly #declared = new Map<string, BrokerQueue>();
  readonly #taken = new Map<string, number>();
  readonly #deliveryFaults: readonly FaultKind[];

  constructor(simulation: Simulation, name: string, profile: BrokerProfile) {
    this.#simulation = simulation;
    this.name = name;
    this.profile = profile;
    this.#deliveryFaults = (['duplicate', 'reorder'] as const).filter((kind) => profile[`${kind}s`]);
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

  /** What has arrived as a batch on a connection, whose sender had the receipts of all batches up to `answered`. */
  accept(
    batch: readonly Envelope[],
    { connection, number, answered }: { connection: BrokerConnection; number: number; answered: number },
  ): readonly Receipt[] {
    return batch.map((envelope) => {
      const isBehind = connection.withholds(envelope.key, answered);
      const receipt = isBehind ? BEHIND : this.publish(envelope);
      if (receipt.outcome === 'unavailable') connection.withhold(envelope.key, number);
      return receipt;
    });
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
    if (this.#simulation.faultAt(this.name, 'publish', { kinds: ['error-before'] }) !== null) {
      this.#tell('not taken', [envelope.id]);
      return this.#refused();
    }
    if (dedupMs > 0 && this.#isKnown(envelope.id, dedupMs)) return ACCEPTED;
    for (const queue of bound) queue.add(copied(envelope));
    return ACCEPTED;
  }

  /** @throws UnknownQueueError */
  queue(name: string): BrokerQueue {
    const queue = this.#queues.get(name);
    if (queue === undefined) throw new UnknownQueueError(name);
    return queue;
  }

  take(name: string, max: number, connection: BrokerConnection): readonly QueueLease[] {
    const leases = this.queue(name).take(max, connection);
    const at = this.#simulation.now;
    for (const { entry } of leases) {
      const { id, key } = entry.envelope;
      this.deliveries.push({ at, queue: name, id, key });
    }
    return leases;
  }

  /** A copy goes to the dead-letter queue; the message stays leased. */
  copyToDeadLetters({ queue, entry }: QueueLease, reason: string): void {
    this.#bury(queue, entry, reason);
  }

  deadLetter(lease: QueueLease, reason: string): void {
    this.#bury(lease.queue, lease.queue.settle(lease), reason);
  }

  /** A connection is gone. */
  release(connection: BrokerConnection): void {
    if (this.profile.lease !== 'connection') return;
    for (const queue of this.#queues.values()) queue.release(connection);
  }

  /** It is gone, and comes back with what its kind keeps. */
  restart(): void {
    if (this.profile.survivesRestart) return;
    this.#taken.clear();
    for (const queue of this.#queues.values()) {
      const lost = queue.clear();
      if (lost.length > 0) this.#tell('lost at a restart', [...new Set(lost.map(({ id }) => id))]);
    }
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

  /** Whether its kind delivers it twice or later, and a fault says so: for how long it is held back. */
  #onDelivery(queue: BrokerQueue, { envelope }: QueueEntry): number {
    if (this.#deliveryFaults.length === 0) return 0;
    const fault = this.#simulation.faultAt(this.name, 'deliver', { kinds: this.#deliveryFaults });
    if (fault === null) return 0;
    const { kind, ms = DEFAULT_HOLD_MS } = fault;
    this.#tell(kind === 'duplicate' ? 'delivered twice' : 'overtaken', [envelope.id]);
    if (kind === 'reorder') return ms;
    queue.add(envelope, { delayMs: ms });
    return 0;
  }

  #make(options: BrokerQueue['options']): BrokerQueue {
    return new BrokerQueue(options, {
      simulation: this.#simulation,
      profile: this.profile,
      onDelivery: (queue, entry) => this.#onDelivery(queue, entry),
      onDead: (queue, entry, reason) => {
        this.#tell('given up', [entry.envelope.id]);
        this.#bury(queue, entry, reason);
      },
    });
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

  #refused(): Receipt {
    const { throttleMs } = this.profile;
    if (throttleMs === null) return REFUSED;
    return { outcome: 'unavailable', reason: 'Too many requests.', retryAfterMs: throttleMs };
  }

  #tell(label: string, messages: readonly string[]): void {
    this.#simulation.tell({ kind: 'note', place: this.name, label, messages });
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
