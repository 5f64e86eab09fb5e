import type { Publisher } from '@holdfast/core';
import type { RelayEvent } from '@holdfast/outbox';
import { type Child, ChildProgram, type ProgramEvent } from '../processes/child-program.ts';
import type { ProgramKeepsFailingError } from '../processes/program-keeps-failing-error.ts';
import type { RelayRoute } from '../transport/relay-route.ts';
import type { RelayControl } from '../transport/transport-faults.ts';
import type { FromRelay, ToRelay } from './process-messages.ts';
import { PublishEndpoint } from './publish-endpoint.ts';
import { RELAY_ROUTE_VARIABLE } from './relay-route-variable.ts';

/** What is told about the relay's process. `relay` counts them from 1; `service` is the one whose outbox is relayed. */
export type RelayProcessEvent =
  | ProgramEvent
  | { readonly type: 'relayed'; readonly relay: number; readonly service: string; readonly event: RelayEvent };

export interface RelayProcessOptions {
  /** The databases of the services that send. They exist. */
  readonly files: readonly string[];
  /** Where its messages go. */
  readonly route: RelayRoute;
  /** Takes what comes over the channel, when the route leads through this process. */
  readonly parentPublisher: Publisher | null;
  readonly onEvent: (event: RelayProcessEvent) => void;
  /** It ends again and again; nothing is relayed any more. */
  readonly onFailure: (error: ProgramKeepsFailingError) => void;
}

/** Runs the relays of all outboxes in a process of their own, and starts the next one when it ends unasked. */
export class RelayProcess implements RelayControl {
  readonly #options: RelayProcessOptions;
  readonly #program: ChildProgram<ToRelay, FromRelay>;
  #endpoint: { readonly relay: number; readonly endpoint: PublishEndpoint } | null = null;
  #onReceiptWithheld: () => void = () => {};

  constructor(options: RelayProcessOptions) {
    this.#options = options;
    this.#program = new ChildProgram({
      name: 'relay',
      file: new URL('./relay-main.ts', import.meta.url),
      args: () => options.files,
      // There may be a credential in it.
      env: { [RELAY_ROUTE_VARIABLE]: JSON.stringify(options.route) },
      onMessage: (message, child) => this.#receive(message, child),
      onEvent: options.onEvent,
      onFailure: options.onFailure,
    });
  }

  get startedCount(): number {
    return this.#program.startedCount;
  }

  /** Processes that run. */
  get openCount(): number {
    return this.#program.openCount;
  }

  start(): void {
    this.#program.start();
  }

  withholdReceipts(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onReceiptWithheld = resolve;
    this.#program.send({ kind: 'withhold-receipts' });
    return promise;
  }

  /** `kill -9`: the process gets no chance to do anything. Resolves when it is dead; the next one has been started. */
  kill(): Promise<void> {
    return this.#program.kill();
  }

  /** Lets the relay finish what it has begun. */
  stop(): Promise<void> {
    return this.#program.stop();
  }

  #receive(message: FromRelay, relay: Child<ToRelay>): void {
    if (message.kind === 'publish') void this.#endpointOf(relay)?.receive(message);
    else if (message.kind === 'receipt-withheld') this.#onReceiptWithheld();
    else {
      const { service, event } = message;
      this.#options.onEvent({ type: 'relayed', relay: relay.number, service, event });
    }
  }

  /** Each process has its own. A relay that died gets no receipts: the next one publishes again. */
  #endpointOf(relay: Child<ToRelay>): PublishEndpoint | null {
    const { parentPublisher } = this.#options;
    if (parentPublisher === null) return null;
    if (this.#endpoint?.relay !== relay.number) {
      const endpoint = new PublishEndpoint(parentPublisher, (message) => relay.send(message));
      this.#endpoint = { relay: relay.number, endpoint };
    }
    return this.#endpoint.endpoint;
  }
}
