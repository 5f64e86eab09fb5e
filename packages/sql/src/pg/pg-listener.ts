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
      runOnce: (signal) => this.#runOnce(signal),
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
  async #runOnce(signal: AbortSignal): Promise<LoopResult> {
    const known = this.#client;
    const client = known ?? this.#options.createClient();
    try {
      await (known === undefined ? this.#connect(client, signal) : this.#ask(client, 'select 1', signal));
    } catch (error) {
      await this.#drop(client);
      if (signal.aborted) {
        return 'idle';
      }
      throw error;
    }
    return this.#client === client ? { sleepMs: this.#heartbeatMs } : 'busy';
  }

  async #connect(client: PgListenerClientLike, signal: AbortSignal): Promise<void> {
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
    await this.#answered('connect', client.connect(), signal);
    await this.#ask(client, this.#listen, signal);
    if (this.#client === client) {
      this.#become('listening');
      this.#call(() => this.#options.onListening?.());
    }
  }

  async #ask(client: PgListenerClientLike, text: string, signal: AbortSignal): Promise<void> {
    await this.#answered(text, client.query({ text }), signal);
  }

  /** A deadline of its own: a driver that is told to end while it connects never says how that went. */
  async #answered(activity: string, answer: Promise<unknown>, signal: AbortSignal): Promise<void> {
    const late = Promise.withResolvers<never>();
    const onAbort = () => late.reject(signal.reason);
    const timer = setTimeout(() => late.reject(new DatabaseTimeoutError(activity, this.#timeoutMs)), this.#timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await Promise.race([answer, late.promise]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
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
