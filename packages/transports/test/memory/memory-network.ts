import type { Clock, Delivery } from '@holdfast/core';
import type { TransportNetwork } from '@holdfast/transports/testing';

type Traffic = 'flows' | 'is refused' | 'vanishes' | 'has no answers';

/** What a request gets when its connection is lost before the answer came. */
export class ConnectionLost extends Error {
  /** Whether anything was sent: else it cannot have taken effect. */
  readonly wasSent: boolean;

  constructor(wasSent: boolean) {
    super('The connection was lost.');
    this.wasSent = wasSent;
  }
}

/** A network between clients and a broker in one process, with the faults of a real one, on the clock of the test. */
export class MemoryNetwork implements TransportNetwork {
  readonly noticesSilenceMs = 4_000;
  readonly #clock: Clock;
  readonly #open = new Set<MemoryConnection>();
  #traffic: Traffic = 'flows';

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns `null` when nobody answers. */
  connect(): MemoryConnection | null {
    if (this.#traffic === 'is refused') return null;
    const connection = new MemoryConnection(this);
    this.#open.add(connection);
    if (this.#traffic !== 'flows') this.#noticeSilence(connection);
    return connection;
  }

  get carriesRequests(): boolean {
    return this.#traffic === 'flows' || this.#traffic === 'has no answers';
  }

  get carriesAnswers(): boolean {
    return this.#traffic === 'flows';
  }

  forget(connection: MemoryConnection): void {
    this.#open.delete(connection);
  }

  setAvailable(available: boolean): void {
    this.#traffic = available ? 'flows' : 'is refused';
    if (!available) this.#reset();
  }

  connections(): number {
    return this.#open.size;
  }

  async cut(): Promise<void> {
    this.#reset();
  }

  async silence(): Promise<void> {
    this.#silence('vanishes');
  }

  async silenceAnswers(): Promise<void> {
    this.#silence('has no answers');
  }

  async restore(): Promise<void> {
    this.#traffic = 'flows';
    this.#reset();
  }

  #silence(traffic: Traffic): void {
    this.#traffic = traffic;
    for (const connection of this.#open) this.#noticeSilence(connection);
  }

  #noticeSilence(connection: MemoryConnection): void {
    void this.#clock.sleep(this.noticesSilenceMs - 1_000, connection.lost).then(() => connection.lose());
  }

  #reset(): void {
    for (const connection of this.#open) connection.lose();
  }
}

/** A connection of one client: requests arrive in order, a turn of the event loop later, and so do the answers. */
export class MemoryConnection {
  readonly #network: MemoryNetwork;
  readonly #lost = new AbortController();
  /** What the broker leased to this connection. */
  readonly #leased = new Set<Delivery>();

  constructor(network: MemoryNetwork) {
    this.#network = network;
  }

  /** Aborted when the connection is lost. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  get isOpen(): boolean {
    return !this.#lost.signal.aborted;
  }

  lease(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) this.#leased.add(delivery);
    if (!this.isOpen) this.#handBack();
  }

  settled(delivery: Delivery): void {
    this.#leased.delete(delivery);
  }

  /** Both ends see it: requests reject, and the broker hands back what it had leased to this connection. */
  lose(): void {
    if (!this.isOpen) return;
    this.#network.forget(this);
    this.#lost.abort();
    this.#handBack();
  }

  /** @throws ConnectionLost, and what the broker throws */
  request<T>(take: () => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const lost = this.#lost.signal;
    const onLost = () => reject(new ConnectionLost(true));
    lost.addEventListener('abort', onLost, { once: true });
    void this.#travel(take)
      .then(resolve, reject)
      .finally(() => lost.removeEventListener('abort', onLost));
    return promise;
  }

  async #travel<T>(take: () => Promise<T>): Promise<T> {
    await turn();
    if (!this.isOpen || !this.#network.carriesRequests) return this.#never();
    let answer: { readonly value: T } | { readonly error: unknown };
    try {
      answer = { value: await take() };
    } catch (error) {
      answer = { error };
    }
    await turn();
    if (!this.isOpen || !this.#network.carriesAnswers) return this.#never();
    if ('error' in answer) throw answer.error;
    return answer.value;
  }

  /** What is lost never arrives; the request ends with the connection. */
  #never(): Promise<never> {
    return new Promise((_, reject) => {
      const lost = () => reject(new ConnectionLost(true));
      if (this.isOpen) this.#lost.signal.addEventListener('abort', lost, { once: true });
      else lost();
    });
  }

  #handBack(): void {
    for (const delivery of this.#leased) {
      // Its lease may have ended.
      delivery.retry(0).catch(() => {});
    }
    this.#leased.clear();
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
