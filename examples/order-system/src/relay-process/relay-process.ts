import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Publisher } from '@holdfast/core';
import type { RelayEvent } from '@holdfast/outbox';
import type { RelayRoute } from '../transport/relay-route.ts';
import type { RelayControl } from '../transport/transport-faults.ts';
import type { FromRelay } from './process-messages.ts';
import { PublishEndpoint } from './publish-endpoint.ts';
import { RelayKeepsFailingError } from './relay-keeps-failing-error.ts';
import { RELAY_ROUTE_VARIABLE } from './relay-route-variable.ts';

/** What is told about the relay's process. `relay` counts them from 1. */
export type RelayProcessEvent =
  | { readonly type: 'started'; readonly relay: number; readonly pid: number | undefined }
  | { readonly type: 'relayed'; readonly relay: number; readonly event: RelayEvent }
  | { readonly type: 'ended'; readonly relay: number; readonly signal: string | null; readonly expected: boolean };

export interface RelayProcessOptions {
  /** The order service's database. */
  readonly file: string;
  /** Where its messages go. */
  readonly route: RelayRoute;
  /** Takes what comes over the channel, when the route leads through this process. */
  readonly parentPublisher: Publisher | null;
  readonly onEvent: (event: RelayProcessEvent) => void;
  /** It ends again and again; nothing is relayed any more. */
  readonly onFailure: (error: RelayKeepsFailingError) => void;
}

const PROGRAM = fileURLToPath(new URL('./relay-main.ts', import.meta.url));
const STOP_DEADLINE_MS = 8_000;
const MAX_UNEXPECTED_ENDS = 5;

/** Runs the relay in a process of its own, and starts the next one when it ends unasked. */
export class RelayProcess implements RelayControl {
  readonly #options: RelayProcessOptions;
  #child: ChildProcess | null = null;
  #startedCount = 0;
  #endedCount = 0;
  #unexpectedEnds = 0;
  #killing = false;
  #stopping = false;
  #onReceiptWithheld: () => void = () => {};

  constructor(options: RelayProcessOptions) {
    this.#options = options;
  }

  get startedCount(): number {
    return this.#startedCount;
  }

  /** Processes that run. */
  get openCount(): number {
    return this.#startedCount - this.#endedCount;
  }

  start(): void {
    const relay = this.#startedCount + 1;
    const child = fork(PROGRAM, [this.#options.file], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      // Not an argument: everybody may read those, and there may be a credential in it.
      env: { ...process.env, [RELAY_ROUTE_VARIABLE]: JSON.stringify(this.#options.route) },
    });
    this.#startedCount = relay;
    this.#child = child;
    this.#listen(child, relay);
    child.on('error', () => {
      // Other errors come before 'exit'; a process that could not be started has none.
      if (child.pid === undefined) this.#ended(relay, null);
    });
    child.on('exit', (_code, signal) => this.#ended(relay, signal));
    this.#options.onEvent({ type: 'started', relay, pid: child.pid });
  }

  withholdReceipts(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onReceiptWithheld = resolve;
    if (this.#child?.connected) this.#child.send({ kind: 'withhold-receipts' }, ignoreLoss);
    return promise;
  }

  /** `kill -9`: the process gets no chance to do anything. Resolves when it is dead; the next one has been started. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    this.#killing = true;
    const dead = once(child, 'exit');
    child.kill('SIGKILL');
    await dead;
  }

  /** Lets the relay finish what it has begun. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child === null) return;
    const dead = once(child, 'exit');
    if (child.connected) child.send({ kind: 'stop' }, ignoreLoss);
    const deadline = new AbortController();
    const killed = pause(STOP_DEADLINE_MS, undefined, { signal: deadline.signal }).then(
      () => child.kill('SIGKILL'),
      // It ended in time.
      () => false,
    );
    await dead;
    deadline.abort();
    await killed;
  }

  #listen(child: ChildProcess, relay: number): void {
    const { parentPublisher, onEvent } = this.#options;
    const endpoint =
      parentPublisher === null
        ? null
        : new PublishEndpoint(parentPublisher, (message) => {
            // A relay that died gets no receipts: the next one publishes again.
            if (child.connected) child.send(message, ignoreLoss);
          });
    child.on('message', (message: FromRelay) => {
      if (message.kind === 'publish') void endpoint?.receive(message);
      else if (message.kind === 'receipt-withheld') this.#onReceiptWithheld();
      else onEvent({ type: 'relayed', relay, event: message.event });
    });
  }

  #ended(relay: number, signal: string | null): void {
    const expected = this.#stopping || this.#killing;
    this.#child = null;
    this.#endedCount += 1;
    this.#killing = false;
    this.#options.onEvent({ type: 'ended', relay, signal, expected });
    if (!expected) this.#unexpectedEnds += 1;
    if (this.#unexpectedEnds === MAX_UNEXPECTED_ENDS) {
      this.#options.onFailure(new RelayKeepsFailingError(this.#unexpectedEnds));
    } else if (!this.#stopping) this.start();
  }
}

/** The end of the process is told by 'exit'. */
function ignoreLoss(): void {}
