import { type Clock, integerOption, Loop, type LoopResult, type Random } from '@holdfast/core';
import { DatabaseTimeoutError } from '../errors/database-timeout-error.ts';
import { quotedIdentifier } from '../identifier.ts';
import type { PgListenerClientLike } from './pg-client.ts';

export interface PgListenerOptions {
  /** Makes a new, unconnected `pg` client. The listener owns it: it connects and ends it. */
  readonly createClient: () => PgListenerClientLike;
  /** A lower-case name, as in `NOTIFY <channel>`. */
  readonly channel: string;
  readonly onNotification: (payload: string) => void;
  /** Called whenever listening has begun, again after each reconnect: what was notified in between is lost, so look. */
  readonly onListening?: () => void;
  /** How often the connection is asked whether it is alive. @default 10_000 */
  readonly heartbeatMs?: number;
  /** How long connecting, and each answer, may take. @default 5_000 */
  readonly timeoutMs?: number;
  /** Gets every failure, also what the callbacks throw. */
  readonly onError?: (error: unknown) => void;
  readonly clock?: Clock;
  readonly random?: Random;
}

export interface PgListenerStatus {
  readonly state: 'new' | 'connecting' | 'listening' | 'stopped';
  /** Failures in a row since it last listened. */
  readonly consecutiveErrors: number;
  readonly lastError: string | null;
}

/**
 * Listens to one channel on one dedicated connection. A heartbeat notices a connection that is half open, and it is
 * made anew with full jitter. A hint only: notifications are lost while it is down, so poll as well. It needs a session
 * of its own: connect past a transaction-pooling proxy.
 */
export class PgListener {
  readonly #options: PgListenerOptions;
  readonly #listen: string;
  readonly #heartbeatMs: number;
  readonly #timeoutMs: number;
  readonly #loop: Loop;
  #client: PgListenerClientLike | undefined;
  #state: PgListenerStatus['state'] = 'new';

  constructor(options: PgListenerOptions) {
    this.#options = options;
    this.#listen = `listen ${quotedIdentifier('channel', options.channel)}`;
    this.#heartbeatMs = integerOption('heartbeatMs', options.heartbeatMs, { min: 1, default: 10_000 });
    this.#timeoutMs = integerOption('timeoutMs', options.timeoutMs, { min: 1, default: 5_000 });
    const { clock, random } = options;
    this.#loop = new Loop({
      name: `listener of "${options.channel}"`,
      runOnce: () => this.#runOnce(),
      onError: (error) => this.#report(error),
      ...(clock && { clock }),
      ...(random && { random }),
    });
  }

  /** Returns at once; a database that is away is tried again until it is there. */
  start(): void {
    this.#loop.start();
  }

  /** Ends the connection. No callback is called afterwards. */
  async stop(): Promise<void> {
    this.#state = 'stopped';
    const stopped = this.#loop.stop();
    await this.#drop(this.#client);
    await stopped;
  }

  status(): PgListenerStatus {
    const { consecutiveErrors, lastError } = this.#loop.status();
    return { state: this.#state, consecutiveErrors, lastError };
  }

  /** Connects, or asks the connection whether it is alive. */
  async #runOnce(): Promise<LoopResult> {
    const known = this.#client;
    const client = known ?? this.#options.createClient();
    try {
      await (known === undefined ? this.#connect(client) : this.#ask(client, 'select 1'));
    } catch (error) {
      await this.#drop(client);
      if (this.#state === 'stopped') {
        return 'idle';
      }
      throw error;
    }
    return this.#client === client ? { sleepMs: this.#heartbeatMs } : 'busy';
  }

  async #connect(client: PgListenerClientLike): Promise<void> {
    this.#client = client;
    this.#become('connecting');
    // It stays for the life of the client: an "error" event that nobody hears ends the process.
    client.on('error', () => this.#lost(client));
    client.on('end', () => this.#lost(client));
    client.on('notification', ({ payload }) => {
      if (this.#client === client) {
        this.#call(() => this.#options.onNotification(payload ?? ''));
      }
    });
    await this.#within('connect', client, client.connect());
    await this.#ask(client, this.#listen);
    if (this.#client === client) {
      this.#become('listening');
      this.#call(() => this.#options.onListening?.());
    }
  }

  async #ask(client: PgListenerClientLike, text: string): Promise<void> {
    await this.#within(text, client, client.query({ text, query_timeout: this.#timeoutMs }));
  }

  /** A deadline of its own: the socket is cut, which settles whatever the driver still waits for. */
  async #within(activity: string, client: PgListenerClientLike, answer: Promise<unknown>): Promise<void> {
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      client.connection?.stream?.destroy();
    }, this.#timeoutMs);
    try {
      await answer;
    } catch (error) {
      throw timedOut ? new DatabaseTimeoutError(activity, this.#timeoutMs, { cause: error }) : error;
    } finally {
      clearTimeout(timer);
    }
  }

  #lost(client: PgListenerClientLike): void {
    if (this.#client === client) {
      this.#client = undefined;
      this.#become('connecting');
      this.#loop.nudge();
    }
  }

  async #drop(client: PgListenerClientLike | undefined): Promise<void> {
    if (client === undefined) {
      return;
    }
    if (this.#client === client) {
      this.#client = undefined;
      this.#become('connecting');
    }
    client.connection?.stream?.destroy();
    await client.end();
  }

  #become(state: PgListenerStatus['state']): void {
    if (this.#state !== 'stopped') {
      this.#state = state;
    }
  }

  #call(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.#report(error);
    }
  }

  #report(error: unknown): void {
    try {
      this.#options.onError?.(error);
    } catch {
      // Reporting must not end what it reports on.
    }
  }
}
