import type { Delivery, Envelope, PublishOptions, QueueDeclaration, QueueReader, Receipt } from '@holdfast/core';
import { type Transport, TransportClosedError, TransportUnavailableError } from '@holdfast/transports/memory';
import type { Incarnation } from '../kernel/incarnation.ts';
import type { IoSite } from '../kernel/io-site.ts';
import type { Simulation } from '../kernel/simulation.ts';
import { BrokerConnection } from './broker-connection.ts';
import { handBack, type QueueLease } from './broker-queue.ts';
import type { BrokerServer } from './broker-server.ts';
import { SimulatedDelivery } from './simulated-delivery.ts';
import { SimulatedReader } from './simulated-reader.ts';

export interface BrokerClientOptions {
  readonly simulation: Simulation;
  readonly server: BrokerServer;
  /** Whose client it is; `null` outside of processes. */
  readonly owner: Incarnation | null;
}

/** A batch, its number on its connection, and up to which one the sender had all receipts. */
interface SentBatch {
  readonly batch: readonly Envelope[];
  readonly number: number;
  readonly answered: number;
}

/** What became of a batch that has no receipts. */
class PublishFailure {
  readonly receipt: Receipt;

  constructor(receipt: Receipt) {
    this.receipt = receipt;
  }
}

const REFUSED = new PublishFailure(Object.freeze({ outcome: 'unavailable', reason: 'The broker did not take it.' }));
const LOST = new PublishFailure(Object.freeze({ outcome: 'unknown', reason: 'The answer of the broker was lost.' }));
const ABANDONED = new PublishFailure(Object.freeze({ outcome: 'unknown', reason: 'Aborted while it was under way.' }));
const BEHIND: Receipt = Object.freeze({ outcome: 'unavailable', reason: 'An earlier message was not taken.' });
const CLOSED: Receipt = Object.freeze({ outcome: 'unavailable', reason: 'The transport is closed.' });
const ABORTED: Receipt = Object.freeze({ outcome: 'unavailable', reason: 'Aborted before it was sent.' });

/**
 * A transport as one process has it: its connection ends with the process, breaks when something is lost on it, and is made anew with the next call.
 * Keeps the contract of `Publisher`: nothing of a connection is accepted behind something that was not.
 */
export class BrokerClient implements Transport {
  readonly #simulation: Simulation;
  readonly #server: BrokerServer;
  readonly #closing = new AbortController();
  readonly #held = new Set<QueueLease>();
  readonly #owner: Incarnation | null;
  #connection: BrokerConnection;
  /** Batches that have failed, or will, and whose receipts nobody has yet: what is handed in behind them is not taken. */
  #failing = 0;
  #failures: Promise<void> = Promise.resolve();
  readonly #underWay = new Set<Promise<unknown>>();

  constructor({ simulation, server, owner }: BrokerClientOptions) {
    this.#simulation = simulation;
    this.#server = server;
    this.#owner = owner;
    this.#connection = new BrokerConnection(owner);
    owner?.onEnd(() => this.#server.release(this.#connection));
  }

  get connection(): BrokerConnection {
    return this.#connection;
  }

  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  async declare(queue: QueueDeclaration): Promise<void> {
    this.assertOpen('declare');
    await this.call('declare', () => this.#server.declare(queue));
  }

  async publish(batch: readonly Envelope[], { signal }: PublishOptions = {}): Promise<readonly Receipt[]> {
    if (this.closed.aborted) return batch.map(() => CLOSED);
    if (signal?.aborted) return this.#refuse(batch, ABORTED);
    if (this.#failing > 0) return this.#refuse(batch, BEHIND);
    return this.#noted(this.#publish(batch, signal));
  }

  reader(queue: string): QueueReader {
    return new SimulatedReader(this, this.#server, queue);
  }

  /** What it holds comes back at once, where this kind of broker can be told. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#underWay);
    handBack([...this.#held]);
    this.#held.clear();
  }

  assertOpen(activity: string): void {
    if (this.closed.aborted) throw new TransportClosedError(activity);
  }

  /** One request to the broker; when it fails, the connection is broken, and what is held on it is lost where leases are bound to it. @throws TransportUnavailableError */
  async call<Result>(
    activity: string,
    effect: () => Result | Promise<Result>,
    messages: readonly string[] = [],
  ): Promise<Result> {
    const connection = this.#connection;
    try {
      return await this.#noted(this.#request(activity, effect, { messages }));
    } catch (error) {
      if (error instanceof TransportUnavailableError) this.#break(connection);
      throw error;
    }
  }

  /** What {@link close} waits for. */
  async #noted<Result>(work: Promise<Result>): Promise<Result> {
    this.#underWay.add(work);
    try {
      return await work;
    } finally {
      this.#underWay.delete(work);
    }
  }

  #request<Result>(
    activity: string,
    effect: () => Result | Promise<Result>,
    site: Partial<IoSite> = {},
  ): Promise<Result> {
    const unavailable = () => new TransportUnavailableError(activity);
    return this.#simulation.io(
      {
        label: `${this.#server.name}.${activity}`,
        server: this.#server.name,
        answers: true,
        errorBefore: unavailable,
        errorAfter: unavailable,
        ...site,
      },
      effect,
    );
  }

  delivery(lease: QueueLease): Delivery {
    this.#held.add(lease);
    return new SimulatedDelivery({ client: this, server: this.#server, lease });
  }

  settled(lease: QueueLease): void {
    this.#held.delete(lease);
  }

  /** The broker is gone: waiting pulls end, and batches under way have no receipts. */
  disconnect(): void {
    this.#break(this.#connection);
  }

  async #refuse(batch: readonly Envelope[], receipt: Receipt): Promise<readonly Receipt[]> {
    this.#failing += 1;
    await this.#failures;
    this.#failing -= 1;
    return batch.map(() => receipt);
  }

  async #publish(batch: readonly Envelope[], signal: AbortSignal | undefined): Promise<readonly Receipt[]> {
    const connection = this.#connection;
    const { answered } = connection;
    connection.sent += 1;
    const number = connection.sent;
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => aborted.reject(ABANDONED);
    signal?.addEventListener('abort', onAbort, { once: true });
    connection.outstanding.add(number);
    try {
      return await Promise.race([this.#receipts(connection, { batch, number, answered }), aborted.promise]);
    } catch {
      this.#break(connection);
      return batch.map(() => ABANDONED.receipt);
    } finally {
      signal?.removeEventListener('abort', onAbort);
      connection.outstanding.delete(number);
      if (connection.isBroken) this.#failing -= 1;
    }
  }

  async #receipts(connection: BrokerConnection, sending: SentBatch): Promise<readonly Receipt[]> {
    const { batch } = sending;
    const before = connection.receipts;
    const turn = this.#server.profile.confirmsInAnyOrder ? undefined : before;
    const sent = this.#send(connection, sending);
    connection.receipts = sent.then(
      () => before,
      () => before,
    );
    try {
      const receipts = await sent;
      await turn;
      return connection.isBroken ? batch.map(() => LOST.receipt) : receipts;
    } catch (error) {
      await turn;
      this.#break(connection);
      const failure = error instanceof PublishFailure ? error : LOST;
      return batch.map(() => failure.receipt);
    }
  }

  #send(connection: BrokerConnection, { batch, number, answered }: SentBatch): Promise<readonly Receipt[]> {
    const site = {
      lane: connection.lane,
      outlivesSender: true,
      messages: batch.map(({ id }) => id),
      errorBefore: () => REFUSED,
      errorAfter: () => LOST,
    };
    const effect = () => {
      // Nothing arrives on a connection that is gone, also not late, behind what was sent anew.
      if (connection.isBroken || connection.arrived !== number - 1) throw LOST;
      connection.arrived = number;
      return this.#server.accept(batch, { connection, number, answered });
    };
    return this.#request('publish', effect, site);
  }

  #break(connection: BrokerConnection): void {
    if (connection.isBroken) return;
    connection.isBroken = true;
    this.#failing += connection.outstanding.size;
    this.#failures = connection.receipts;
    for (const end of [...connection.waiting]) end();
    if (this.#connection !== connection) return;
    this.#server.release(connection);
    this.#connection = new BrokerConnection(this.#owner);
  }
}
