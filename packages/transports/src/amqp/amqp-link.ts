import { backoffMs, summarizeError } from '@holdfast/core';
import type { AmqpChannel, AmqpConnection } from './amqp-client.ts';
import type { AmqpConnectionName } from './amqp-event.ts';
import type { AmqpSettings } from './amqp-settings.ts';
import { answerInTime } from './answer-deadline.ts';
import { closeConnection, destroyConnection } from './close-connection.ts';

export interface AmqpLinkOptions {
  readonly name: AmqpConnectionName;
  readonly settings: AmqpSettings;
  /** Makes a new connection usable. What it throws ends the attempt. */
  readonly open: (connection: AmqpConnection) => Promise<void>;
  /** Called when the connection was lost, or a first one cannot be had; before anybody else learns of it. */
  readonly onDown: (reason: string) => void;
  /** Called when the broker takes no messages for now. */
  readonly onBlocked?: (reason: string) => void;
}

const BASE_BACKOFF_MS = 100;
/** A connection that lasted this long was a good one: the next outage starts with short pauses. */
const STEADY_MS = 5_000;
const CLOSED = 'closed';

/**
 * One connection that is kept: opened at the first use, replaced when it is lost (with exponential backoff and full jitter),
 * asked from time to time whether it is alive, and dropped when it does not answer.
 */
export class AmqpLink {
  readonly #options: AmqpLinkOptions;
  readonly #closing = new AbortController();
  readonly #changes = new Set<() => void>();
  #state: 'idle' | 'connecting' | 'up' | 'down' = 'idle';
  #connection: AmqpConnection | null = null;
  #lose: ((reason: string) => void) | null = null;
  #problem: string | null = null;
  #blocked: string | null = null;
  #failures = 0;
  #running: Promise<void> = Promise.resolve();

  constructor(options: AmqpLinkOptions) {
    this.#options = options;
  }

  /** Why nothing can be done now, or `null`, also while the first connection is being made. */
  get problem(): string | null {
    return this.#state === 'down' ? this.#problem : this.#blocked;
  }

  /** Why the broker takes no messages, or `null`. */
  get blocked(): string | null {
    return this.#blocked;
  }

  /** The connection, if it is up. */
  get connection(): AmqpConnection | null {
    return this.#state === 'up' ? this.#connection : null;
  }

  /** Begins to connect, if that has not begun. */
  start(): void {
    if (this.#state !== 'idle' || this.#closing.signal.aborted) return;
    this.#state = 'connecting';
    this.#running = this.#run();
  }

  /** Resolves to the connection when it is up, and to `null` after `ms`, when aborted or when closed. */
  async connected(ms: number, signal?: AbortSignal): Promise<AmqpConnection | null> {
    this.start();
    const { clock } = this.#options.settings;
    const end = clock.monotonic() + ms;
    while (this.connection === null && !this.#closing.signal.aborted && !signal?.aborted) {
      const left = end - clock.monotonic();
      if (left <= 0) break;
      await this.#change(left, signal);
    }
    return this.connection;
  }

  /** Gives the connection up, at once and without asking. */
  drop(reason: string): void {
    this.#lose?.(reason);
  }

  /** Ends the connection within the time for an answer. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#changed();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { name, settings, onDown } = this.#options;
    while (!this.#closing.signal.aborted) {
      const reason = await this.#connectOnce();
      if (this.#closing.signal.aborted) break;
      const isNews = this.#state !== 'down';
      this.#state = 'down';
      this.#problem = `The broker cannot be reached: ${reason}`;
      this.#blocked = null;
      onDown(this.#problem);
      if (isNews) settings.onEvent({ type: 'disconnected', connection: name, reason });
      this.#changed();
      this.#failures += 1;
      const { random, maxBackoffMs: maxMs } = settings;
      const pause = backoffMs(this.#failures, { baseMs: Math.min(BASE_BACKOFF_MS, maxMs), maxMs, random });
      await settings.clock.sleep(pause, this.#closing.signal);
    }
  }

  /** Connects and stays until the connection is lost. Resolves to the reason. */
  async #connectOnce(): Promise<string> {
    const { settings, open } = this.#options;
    const { clock, answerTimeoutMs: ms } = settings;
    try {
      const connecting = Promise.resolve().then(settings.connect).then(assertConnection);
      const inTime = answerInTime(connecting, { clock, ms, activity: 'connect' }, destroyConnection);
      const connection = await this.#unlessClosed(inTime);
      if (connection === null) {
        inTime.then(destroyConnection, () => {});
        return CLOSED;
      }
      const lost = this.#watch(connection);
      const opening = this.#openWithProbe(connection, open);
      const opened = answerInTime(opening, { clock, ms, activity: 'open a channel' });
      const probe = await this.#unlessClosed(Promise.race([opened, lost.then(fail)]));
      return probe === null ? CLOSED : await this.#stay(probe, lost);
    } catch (error) {
      return summarizeError(error);
    } finally {
      await this.#leave();
    }
  }

  async #openWithProbe(connection: AmqpConnection, open: AmqpLinkOptions['open']): Promise<AmqpChannel> {
    const probe = await connection.createChannel();
    // Without a listener an error event would end the process; the close that follows it says what is to be done.
    probe.on('error', () => {});
    probe.on('close', () => this.drop('The channel for probes was closed.'));
    await open(connection);
    return probe;
  }

  /** Resolves to the reason when the connection is lost. */
  #watch(connection: AmqpConnection): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    let problem: unknown;
    this.#connection = connection;
    this.#lose = resolve;
    connection.on('error', (error: unknown) => {
      problem = error;
    });
    connection.on('close', (error: unknown) => resolve(summarizeError(error ?? problem ?? 'The connection ended.')));
    connection.on('blocked', (reason: string) => this.#block(connection, reason));
    connection.on('unblocked', () => this.#unblock(connection));
    return promise;
  }

  async #stay(probe: AmqpChannel, lost: Promise<string>): Promise<string> {
    const { name, settings } = this.#options;
    const { clock, silenceMs } = settings;
    const since = clock.monotonic();
    this.#state = 'up';
    settings.onEvent({ type: 'connected', connection: name });
    this.#changed();
    const ended = new AbortController();
    const reason = this.#unlessClosed(lost).finally(() => ended.abort());
    while (!ended.signal.aborted) {
      await clock.sleep(silenceMs / 2, ended.signal);
      if (!ended.signal.aborted) await this.#probe(probe, ended.signal);
      if (clock.monotonic() - since > STEADY_MS) this.#failures = 0;
    }
    return (await reason) ?? CLOSED;
  }

  async #probe(channel: AmqpChannel, ended: AbortSignal): Promise<void> {
    // A broker that blocks a connection reads nothing from it, and so answers nothing.
    if (this.#blocked !== null) return;
    const { clock, silenceMs } = this.#options.settings;
    try {
      await answerInTime(channel.prefetch(1), { clock, ms: silenceMs / 2, activity: 'ask whether it is alive' });
    } catch {
      if (!ended.aborted && this.#blocked === null) this.drop(`The connection was silent for ${silenceMs} ms.`);
    }
  }

  #block(connection: AmqpConnection, reason: string): void {
    if (this.#connection !== connection) return;
    const told = summarizeError(reason);
    this.#blocked = `The broker takes no messages for now: ${told}`;
    this.#options.onBlocked?.(this.#blocked);
    this.#options.settings.onEvent({ type: 'blocked', reason: told });
  }

  #unblock(connection: AmqpConnection): void {
    if (this.#connection !== connection || this.#blocked === null) return;
    this.#blocked = null;
    this.#options.settings.onEvent({ type: 'unblocked' });
  }

  /** Ends what is left of the connection: in order when we are closing, else without asking. */
  async #leave(): Promise<void> {
    const connection = this.#connection;
    this.#connection = null;
    this.#lose = null;
    if (connection === null) return;
    if (this.#closing.signal.aborted) await closeConnection(connection, this.#options.settings);
    else destroyConnection(connection);
  }

  /** What it resolves to, or `null` as soon as this link is closed. */
  async #unlessClosed<T>(answer: Promise<T>): Promise<T | null> {
    const { signal } = this.#closing;
    const { promise, resolve } = Promise.withResolvers<null>();
    const close = () => resolve(null);
    if (signal.aborted) close();
    signal.addEventListener('abort', close, { once: true });
    try {
      return await Promise.race([answer, promise]);
    } finally {
      signal.removeEventListener('abort', close);
    }
  }

  async #change(ms: number, signal?: AbortSignal): Promise<void> {
    const waited = new AbortController();
    const end = () => waited.abort();
    this.#changes.add(end);
    signal?.addEventListener('abort', end, { once: true });
    await this.#options.settings.clock.sleep(ms, waited.signal);
    signal?.removeEventListener('abort', end);
    this.#changes.delete(end);
  }

  #changed(): void {
    for (const change of this.#changes) change();
  }
}

/** A function that does not return what it opens is a mistake that is easily made. */
function assertConnection(connection: AmqpConnection): AmqpConnection {
  if (typeof connection?.createChannel !== 'function')
    throw new Error('"connect" gave no connection: does it return one?');
  return connection;
}

function fail(reason: string): never {
  throw new Error(reason);
}
