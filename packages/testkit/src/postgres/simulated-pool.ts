import { EventEmitter } from 'node:events';
import { booleanOption, integerOption } from '@holdfast/core';
import type { IoSite } from '../kernel/io-site.ts';
import { currentIncarnation } from '../kernel/simulated-process.ts';
import { connectionRefused } from './connection-errors.ts';
import type { QueryAnswer, QueryInput } from './query-input.ts';
import { SimulatedClient } from './simulated-client.ts';
import type { ServerConnection, SimulatedPostgres } from './simulated-postgres.ts';

export interface SimulatedPoolOptions {
  /** Most connections. @default 10 */
  readonly max?: number;
  /** As the option of `pg`: statements are sent without waiting for the answer before. @default false */
  readonly pipeline?: boolean;
  /** As the option of `pg`, in virtual milliseconds: the client gives up waiting. @default it waits */
  readonly query_timeout?: number;
}

interface Waiter {
  readonly resolve: (client: SimulatedClient) => void;
  readonly reject: (error: unknown) => void;
}

/** Has the shape of `pg.Pool`, as far as it is in use: `connect`, `query`, `end`, its counts and its events. */
export class SimulatedPool extends EventEmitter {
  readonly options: SimulatedPoolOptions;
  readonly #postgres: SimulatedPostgres;
  readonly #max: number;
  readonly #clients = new Set<SimulatedClient>();
  readonly #idle: SimulatedClient[] = [];
  readonly #waiting: Waiter[] = [];
  #opening = 0;
  #isEnding = false;

  constructor(postgres: SimulatedPostgres, options: SimulatedPoolOptions) {
    super();
    this.#postgres = postgres;
    this.options = options;
    this.#max = integerOption('max', options.max, { min: 1, max: 1_000, default: 10 });
    booleanOption('pipeline', options.pipeline, false);
  }

  get totalCount(): number {
    return this.#clients.size + this.#opening;
  }

  get idleCount(): number {
    return this.#idle.length;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  get ending(): boolean {
    return this.#isEnding;
  }

  connect(): Promise<SimulatedClient> {
    if (this.#isEnding) return Promise.reject(new Error('Cannot use a pool after calling end on the pool'));
    const client = this.#idle.pop();
    if (client !== undefined) return Promise.resolve(this.#checkedOut(client));
    if (this.totalCount < this.#max) return this.#open();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  async query(input: QueryInput, values?: readonly unknown[]): Promise<QueryAnswer> {
    const client = await this.connect();
    try {
      const answer = await client.query(input, values);
      client.release();
      return answer;
    } catch (error) {
      client.release(client.isLost);
      throw error;
    }
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    for (const client of [...this.#idle.splice(0)]) await this.#drop(client);
  }

  /** @internal */
  giveBack(client: SimulatedClient, destroy: boolean): void {
    if (destroy || client.isLost || this.#isEnding) {
      void this.#drop(client);
      this.#serveNext();
      return;
    }
    const waiter = this.#waiting.shift();
    if (waiter !== undefined) {
      waiter.resolve(this.#checkedOut(client));
      return;
    }
    client.on('error', this.#onIdleError(client));
    this.#idle.push(client);
  }

  async #open(): Promise<SimulatedClient> {
    const { simulation, name } = this.#postgres;
    const incarnation = currentIncarnation();
    const opened: { connection?: ServerConnection } = {};
    const site: IoSite = {
      label: `${name}.connect`,
      server: name,
      answers: true,
      foreign: {},
      errorBefore: connectionRefused,
      errorAfter: () => {
        opened.connection?.close();
        return connectionRefused();
      },
    };
    this.#opening += 1;
    try {
      const connection = await simulation.io(site, async () => {
        opened.connection = await this.#postgres.connect(incarnation);
        return opened.connection;
      });
      const client = new SimulatedClient({ postgres: this.#postgres, connection, pool: this });
      this.#clients.add(client);
      this.emit('connect', client);
      return this.#checkedOut(client);
    } catch (error) {
      // Whoever waits tries by himself.
      queueMicrotask(() => this.#serveNext());
      throw error;
    } finally {
      this.#opening -= 1;
    }
  }

  #serveNext(): void {
    if (this.totalCount >= this.#max) return;
    const waiter = this.#waiting.shift();
    if (waiter !== undefined) this.#open().then(waiter.resolve, waiter.reject);
  }

  #checkedOut(client: SimulatedClient): SimulatedClient {
    const listener = this.#idleListeners.get(client);
    if (listener !== undefined) client.removeListener('error', listener);
    client.checkOut();
    this.emit('acquire', client);
    return client;
  }

  readonly #idleListeners = new WeakMap<SimulatedClient, (error: Error) => void>();

  #onIdleError(client: SimulatedClient): (error: Error) => void {
    const known = this.#idleListeners.get(client);
    if (known !== undefined) return known;
    const listener = (error: Error) => {
      const place = this.#idle.indexOf(client);
      if (place >= 0) this.#idle.splice(place, 1);
      void this.#drop(client);
      this.emit('error', error, client);
    };
    this.#idleListeners.set(client, listener);
    return listener;
  }

  async #drop(client: SimulatedClient): Promise<void> {
    this.#clients.delete(client);
    await client.end();
    this.emit('remove', client);
  }
}
