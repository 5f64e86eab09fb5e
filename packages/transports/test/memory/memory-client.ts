import {
  type Delivery,
  type Envelope,
  LeaseLostError,
  type PublishOptions,
  type PullOptions,
  type QueueDeclaration,
  type QueueReader,
  type Receipt,
} from '@holdfast/core';
import type { MemoryBroker } from '@holdfast/transports/memory';
import type { Transport } from '@holdfast/transports/testing';
import { readDeadLetter } from '../../src/dead-letter/dead-letter.ts';
import { TransportClosedError } from '../../src/errors/transport-closed-error.ts';
import { TransportUnavailableError } from '../../src/errors/transport-unavailable-error.ts';
import { WithheldKeys } from '../../src/publishing/withheld-keys.ts';
import { ConnectionLost, type MemoryConnection, type MemoryNetwork } from './memory-network.ts';

export interface MemoryClientOptions {
  readonly broker: MemoryBroker;
  readonly network: MemoryNetwork;
  /** What becomes of a delivery that is no message of ours; `null` when it is not to be delivered. */
  readonly foreign: (delivery: Delivery) => Promise<Delivery | null>;
}

/** No sender of ours can make a message without an id. In a dead-letter queue it is where it is to be. */
function isForeign({ envelope }: Delivery): boolean {
  return envelope.id === '' && readDeadLetter(envelope) === null;
}

/** A process that uses a {@link MemoryBroker} over a {@link MemoryNetwork}, as an adapter of a server does. */
export class MemoryClient implements Transport {
  readonly #broker: MemoryBroker;
  readonly #network: MemoryNetwork;
  readonly #foreign: MemoryClientOptions['foreign'];
  readonly #withheld = new WithheldKeys();
  #connection: MemoryConnection | null = null;
  #isClosed = false;

  constructor({ broker, network, foreign }: MemoryClientOptions) {
    this.#broker = broker;
    this.#network = network;
    this.#foreign = foreign;
  }

  async declare(declaration: QueueDeclaration): Promise<void> {
    await this.#request(`declare "${declaration.queue}"`, () => this.#broker.declare(declaration));
  }

  reader(queue: string): QueueReader {
    return { pull: (max, options) => this.#pull(queue, max, options) };
  }

  publish(batch: readonly Envelope[], { signal }: PublishOptions = {}): Promise<readonly Receipt[]> {
    const { promise, resolve } = Promise.withResolvers<readonly Receipt[]>();
    const keys: string[] = [];
    const withhold = ({ key }: Envelope) => {
      if (key === null) return;
      this.#withheld.withhold(key);
      keys.push(key);
    };
    const settle = (receipts: readonly Receipt[]) => {
      this.#withheld.releaseBeforeReceipts(keys.splice(0));
      resolve(receipts);
    };
    const connection = signal?.aborted ? null : this.#connect();
    if (connection === null) {
      batch.forEach(withhold);
      settle(batch.map(() => ({ outcome: 'unavailable', reason: 'There is no connection.' })));
      return promise;
    }
    const isWithheld = batch.map(({ key }) => key !== null && this.#withheld.has(key));
    const sent = batch.filter((_, index) => !isWithheld[index]).map(copied);
    batch.filter((_, index) => isWithheld[index]).forEach(withhold);
    const giveUp = () => connection.lose();
    const onLost = () => sent.forEach(withhold);
    signal?.addEventListener('abort', giveUp);
    connection.lost.addEventListener('abort', onLost);
    const end = (receiptOf: (index: number) => Receipt) => {
      signal?.removeEventListener('abort', giveUp);
      connection.lost.removeEventListener('abort', onLost);
      let next = 0;
      settle(
        isWithheld.map((withheld) => {
          if (withheld) return { outcome: 'unavailable', reason: 'An earlier message of its key failed.' };
          next += 1;
          return receiptOf(next - 1);
        }),
      );
    };
    const unknown: Receipt = { outcome: 'unknown', reason: 'The answer was lost.' };
    connection
      .request(() => this.#broker.publish(sent))
      .then(
        (receipts) => end((index) => receipts[index] ?? unknown),
        () => end(() => unknown),
      );
    return promise;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#connection?.lose();
  }

  async #pull(queue: string, max: number, { waitMs, signal }: PullOptions): Promise<readonly Delivery[]> {
    if (signal?.aborted && !this.#isClosed) return [];
    const connection = this.#connect();
    const activity = `pull from "${queue}"`;
    if (connection === null) throw this.#unreachable(activity);
    const ends = AbortSignal.any(signal === undefined ? [connection.lost] : [connection.lost, signal]);
    try {
      return await connection.request(async () => {
        const pulled = await this.#pullOurs(this.#broker.reader(queue), max, { waitMs, signal: ends });
        connection.lease(pulled);
        return pulled.map((inner) => new MemoryClientDelivery(inner, connection, () => this.#isClosed));
      });
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
      if (this.#isClosed) return [];
      throw this.#unreachable(activity);
    }
  }

  async #pullOurs(reader: QueueReader, max: number, options: PullOptions): Promise<Delivery[]> {
    for (;;) {
      const pulled = await reader.pull(max, options);
      const ours: Delivery[] = [];
      for (const delivery of pulled) {
        const kept = isForeign(delivery) ? await this.#foreign(delivery) : delivery;
        if (kept !== null) ours.push(kept);
      }
      if (ours.length > 0 || pulled.length === 0) return ours;
    }
  }

  async #request<T>(activity: string, take: () => Promise<T>): Promise<T> {
    const connection = this.#connect();
    if (connection === null) throw this.#unreachable(activity);
    try {
      return await connection.request(take);
    } catch (error) {
      throw error instanceof ConnectionLost ? this.#unreachable(activity) : error;
    }
  }

  #connect(): MemoryConnection | null {
    if (this.#isClosed) return null;
    if (this.#connection?.isOpen !== true) this.#connection = this.#network.connect();
    return this.#connection;
  }

  #unreachable(activity: string): Error {
    return this.#isClosed ? new TransportClosedError(activity) : new TransportUnavailableError(activity);
  }
}

/** A delivery at the client's end of a connection. */
class MemoryClientDelivery implements Delivery {
  readonly envelope: Envelope;
  readonly deliveryCount: number;
  readonly #inner: Delivery;
  readonly #connection: MemoryConnection;
  readonly #isClosed: () => boolean;

  constructor(inner: Delivery, connection: MemoryConnection, isClosed: () => boolean) {
    this.envelope = inner.envelope;
    this.deliveryCount = inner.deliveryCount;
    this.#inner = inner;
    this.#connection = connection;
    this.#isClosed = isClosed;
  }

  get leaseEndsAt(): number {
    return this.#inner.leaseEndsAt;
  }

  ack(): Promise<void> {
    return this.#settle(() => this.#inner.ack());
  }

  retry(delayMs: number): Promise<void> {
    return this.#settle(() => this.#inner.retry(delayMs));
  }

  deadLetter(reason: string): Promise<void> {
    return this.#settle(() => this.#inner.deadLetter(reason));
  }

  extend(ms: number): Promise<void> {
    return this.#tell(() => this.#inner.extend(ms));
  }

  #settle(settle: () => Promise<void>): Promise<void> {
    return this.#tell(async () => {
      await settle();
      this.#connection.settled(this.#inner);
    });
  }

  async #tell(take: () => Promise<void>): Promise<void> {
    if (this.#isClosed()) throw new TransportClosedError('settle a delivery');
    // The broker has handed back what it had leased to a connection that is lost.
    if (!this.#connection.isOpen) throw new LeaseLostError(this.envelope.id);
    try {
      await this.#connection.request(take);
    } catch (error) {
      throw error instanceof ConnectionLost ? new LeaseLostError(this.envelope.id) : error;
    }
  }
}

/** Sent bytes are no longer the sender's. */
function copied(envelope: Envelope): Envelope {
  return { ...envelope, body: envelope.body.slice() };
}
