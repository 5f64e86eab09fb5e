import {
  type Clock,
  type Envelope,
  integerOption,
  type PublishOptions,
  type QueueDeclaration,
  type QueueReader,
  quoted,
  type Receipt,
  SystemClock,
} from '@holdfast/core';
import { type DeadLetter, readDeadLetter } from '../dead-letter/dead-letter.ts';
import { QueueMismatchError } from '../errors/queue-mismatch-error.ts';
import { TransportUnavailableError } from '../errors/transport-unavailable-error.ts';
import { UnknownQueueError } from '../errors/unknown-queue-error.ts';
import { WithheldKeys } from '../publishing/withheld-keys.ts';
import { assertSameProperties, type QueueProperties, queueProperties } from '../topology/queue-properties.ts';
import type { Transport } from '../transport.ts';
import { Availability } from './availability.ts';
import { ByteArena } from './byte-arena.ts';
import { MemoryQueue, type QueueStats } from './memory-queue.ts';
import { MemoryQueueReader } from './memory-queue-reader.ts';
import { QueueChannel } from './queue-channel.ts';
import { RoutingTable } from './routing-table.ts';
import { StoredMessage } from './stored-message.ts';

const ACCEPTED: Receipt = Object.freeze({ outcome: 'accepted' });

export interface MemoryBrokerOptions {
  /** @default the system's clock */
  readonly clock?: Clock;
  /** How many messages one queue holds, leased, delayed and dead ones included. @default 1_000_000 */
  readonly maxMessages?: number;
  /** Largest body in bytes. @default 262_144 */
  readonly maxMessageBytes?: number;
}

export interface DeadLettersOptions {
  /** How many to list, the oldest first. @default 100 */
  readonly max?: number;
}

export interface RedriveOptions {
  /** How many to move, the oldest first. @default all */
  readonly max?: number;
  /** Which to move. @default all */
  readonly where?: (letter: DeadLetter) => boolean;
}

/**
 * A broker inside the process, for tests, simulations and single-process services: leases, redelivery, dead letters and
 * receipts as a server gives them. Nothing survives the process.
 *
 * `publish` is atomic per message: all bound queues take it or none. It gives `unavailable` when a bound queue is full,
 * `rejected` when no queue binds the type or the body is too large. Messages are copied in and out, so neither a sender
 * nor another receiver can change them.
 */
export class MemoryBroker implements Transport {
  readonly #clock: Clock;
  readonly #maxMessages: number;
  readonly #maxMessageBytes: number;
  readonly #availability = new Availability();
  readonly #channels = new Map<string, QueueChannel>();
  readonly #properties = new Map<string, QueueProperties>();
  readonly #routes = new RoutingTable();
  readonly #withheld = new WithheldKeys();
  readonly #arena = new ByteArena();
  readonly #deliveryArena = new ByteArena();

  constructor({ clock = new SystemClock(), maxMessages, maxMessageBytes }: MemoryBrokerOptions = {}) {
    this.#clock = clock;
    this.#maxMessages = integerOption('maxMessages', maxMessages, { min: 1, default: 1_000_000 });
    this.#maxMessageBytes = integerOption('maxMessageBytes', maxMessageBytes, { min: 1, default: 262_144 });
  }

  /** Creates the queue and its dead-letter queue. @throws QueueMismatchError, InvalidOptionError */
  async declare(declaration: QueueDeclaration): Promise<void> {
    const declared = queueProperties(declaration);
    this.#availability.assertUp('declare', declared.queue);
    const existing = this.#properties.get(declared.queue);
    if (existing !== undefined) {
      assertSameProperties(existing, declared);
      return;
    }
    this.#assertNamesAreFree(declared);
    const deadLetters =
      this.#channels.get(declared.deadLetterQueue) ?? this.#open(declared.deadLetterQueue, declared.leaseMs, null);
    const channel = this.#open(declared.queue, declared.leaseMs, deadLetters);
    this.#properties.set(declared.queue, declared);
    this.#routes.bind(channel, declared.types);
  }

  /** Takes effect before it returns; the promise only carries the receipts. */
  publish(batch: readonly Envelope[], { signal }: PublishOptions = {}): Promise<readonly Receipt[]> {
    const problem = signal?.aborted ? 'Aborted before it was sent.' : this.#availability.problem;
    const storedAt = this.#clock.monotonic();
    const failed: string[] = [];
    const changed = new Set<QueueChannel>();
    const receipts = batch.map((envelope) => {
      const receipt = problem === null ? this.#take(envelope, { storedAt, changed }) : unavailable(problem);
      if (receipt.outcome === 'unavailable' && envelope.key !== null) {
        failed.push(envelope.key);
        this.#withheld.withhold(envelope.key);
      }
      return receipt;
    });
    for (const channel of changed) channel.changed();
    this.#withheld.releaseBeforeReceipts(failed);
    return Promise.resolve(receipts);
  }

  /** A reader of a queue or of a dead-letter queue. The queue may be declared later. */
  reader(queue: string): QueueReader {
    return new MemoryQueueReader({ queue, availability: this.#availability, find: (name) => this.#find(name) });
  }

  /** @throws UnknownQueueError */
  async stats(queue: string): Promise<QueueStats> {
    return this.#find(queue).queue.stats(this.#clock.monotonic());
  }

  /** Lists the dead letters of a queue without taking them; those that a reader holds are left out. @throws UnknownQueueError */
  async deadLetters(queue: string, options: DeadLettersOptions = {}): Promise<readonly DeadLetter[]> {
    const max = integerOption('max', options.max, { min: 1, default: 100 });
    const { queue: origin, deadLetters } = this.#find(queue);
    const letters: DeadLetter[] = [];
    for (const message of deadLetters?.queue.waiting(this.#clock.monotonic()) ?? []) {
      if (letters.length === max) break;
      const letter = message.origin === origin ? readDeadLetter(message.restore(this.#deliveryArena)) : null;
      if (letter !== null) letters.push(letter);
    }
    return letters;
  }

  /** Moves dead letters back to the end of their queue, as they were sent. Returns how many. @throws UnknownQueueError */
  async redrive(queue: string, { max = Number.MAX_SAFE_INTEGER, where }: RedriveOptions = {}): Promise<number> {
    integerOption('max', max, { min: 1 });
    const channel = this.#find(queue);
    this.#availability.assertUp('redrive', queue);
    const storedAt = this.#clock.monotonic();
    const moved = channel.deadLetters?.queue.extract(storedAt, max, (message) => {
      if (message.origin !== channel.queue) return false;
      const letter = where === undefined ? null : readDeadLetter(message.restore(this.#deliveryArena));
      return letter === null || where === undefined || where(letter);
    });
    for (const message of moved ?? []) {
      const letter = message.restore(this.#deliveryArena);
      channel.queue.countDead(-1);
      channel.queue.add(
        new StoredMessage(readDeadLetter(letter)?.envelope ?? letter, { arena: this.#arena, storedAt }),
      );
    }
    channel.changed();
    return moved?.length ?? 0;
  }

  /**
   * Takes the broker down or up again. While it is down, `publish` gives `unavailable`, and everything else (also a pull
   * that waits) rejects with TransportUnavailableError. Messages stay; leases go on ending.
   */
  setAvailable(available: boolean): void {
    this.#availability.set(available);
    if (available) return;
    for (const [name, channel] of this.#channels) channel.dismiss(new TransportUnavailableError(`pull from "${name}"`));
  }

  /** Takes effect before it returns: ends waiting pulls with no messages, and forgets all messages. */
  async close(): Promise<void> {
    this.#availability.close();
    for (const channel of this.#channels.values()) channel.dismiss(null);
    this.#channels.clear();
    this.#properties.clear();
    this.#routes.clear();
  }

  #take(envelope: Envelope, options: { readonly storedAt: number; readonly changed: Set<QueueChannel> }): Receipt {
    const { storedAt, changed } = options;
    if (envelope.key !== null && this.#withheld.has(envelope.key)) {
      return unavailable('An earlier message of the same key was not taken.');
    }
    const size = envelope.body.length;
    if (size > this.#maxMessageBytes) {
      return rejected(`The body has ${size} bytes, the limit is ${this.#maxMessageBytes}.`);
    }
    const channels = this.#routes.route(envelope.type);
    if (channels.length === 0) return rejected(`No queue binds type ${quoted(envelope.type)}.`);
    for (const { queue } of channels) {
      if (queue.isFull) return unavailable(`Queue ${quoted(queue.name)} is full: ${this.#maxMessages} messages.`);
    }
    const message = new StoredMessage(envelope, { arena: this.#arena, storedAt });
    for (const channel of channels) {
      channel.queue.add(message);
      changed.add(channel);
    }
    return ACCEPTED;
  }

  #assertNamesAreFree({ queue, deadLetterQueue }: QueueProperties): void {
    if (this.#channels.has(queue)) {
      throw new QueueMismatchError({ queue, property: 'queue', existing: 'a dead-letter queue', declared: 'a queue' });
    }
    if (this.#properties.has(deadLetterQueue)) {
      throw new QueueMismatchError({
        queue: deadLetterQueue,
        property: 'deadLetterQueue',
        existing: 'a queue',
        declared: `the dead-letter queue of "${queue}"`,
      });
    }
  }

  #open(name: string, leaseMs: number, deadLetters: QueueChannel | null): QueueChannel {
    const channel = new QueueChannel({
      queue: new MemoryQueue({ name, leaseMs, maxMessages: this.#maxMessages }),
      deadLetters,
      clock: this.#clock,
      availability: this.#availability,
      // Dead letters stay long: in chunks of their own they keep nothing else alive.
      arena: deadLetters === null ? new ByteArena() : this.#arena,
      deliveryArena: this.#deliveryArena,
    });
    this.#channels.set(name, channel);
    return channel;
  }

  #find(queue: string): QueueChannel {
    const channel = this.#channels.get(queue);
    if (channel === undefined) throw new UnknownQueueError(queue);
    return channel;
  }
}

function unavailable(reason: string): Receipt {
  return { outcome: 'unavailable', reason };
}

function rejected(reason: string): Receipt {
  return { outcome: 'rejected', reason };
}
