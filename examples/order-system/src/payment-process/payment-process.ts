import type { Envelope } from '@holdfast/core';
import type { HandleOutcome } from '@holdfast/inbox-dedup';
import { ChildProgram, type ProgramEvent } from '../processes/child-program.ts';
import type { ProgramKeepsFailingError } from '../processes/program-keeps-failing-error.ts';
import type { Durability } from '../sqlite/open-database.ts';
import type { FromPayment, PaymentFailure, ToPayment } from './payment-messages.ts';
import { RemoteFailureError } from './remote-failure-error.ts';

export interface PaymentProcessOptions {
  readonly file: string;
  readonly effectsFile: string;
  readonly providerUrl: string;
  /** What a commit of the payment service outlives. */
  readonly outlives: Durability;
  readonly onEvent: (event: ProgramEvent) => void;
  readonly onFailure: (error: ProgramKeepsFailingError) => void;
}

const LOST: PaymentFailure = {
  code: 'ERR_ORDER_SYSTEM_PROCESS_LOST',
  message: 'The process of the payment service has gone.',
  failureClass: 'transient',
  retryAfterMs: 100,
};

/** Runs the payment service in a process of its own, and hands it messages. */
export class PaymentProcess {
  readonly #program: ChildProgram<ToPayment, FromPayment>;
  readonly #ready = Promise.withResolvers<void>();
  readonly #pending = new Map<number, PromiseWithResolvers<HandleOutcome>>();
  #calls = 0;

  constructor({ file, effectsFile, providerUrl, outlives, onEvent, onFailure }: PaymentProcessOptions) {
    this.#program = new ChildProgram({
      name: 'payment',
      file: new URL('./payment-main.ts', import.meta.url),
      args: () => [file, effectsFile, providerUrl, outlives],
      onMessage: (message) => this.#receive(message),
      onEvent: (event) => {
        if (event.type === 'ended') this.#loseAll();
        onEvent(event);
      },
      onFailure: (error) => {
        this.#ready.reject(error);
        onFailure(error);
      },
    });
    // Whoever waits for it is told.
    this.#ready.promise.catch(() => {});
  }

  get startedCount(): number {
    return this.#program.startedCount;
  }

  get openCount(): number {
    return this.#program.openCount;
  }

  /** Messages that it works on. */
  get runningCount(): number {
    return this.#pending.size;
  }

  /** Resolves when its databases are there. */
  async start(): Promise<void> {
    this.#program.start();
    await this.#ready.promise;
  }

  /** As the service does it. When the process dies, nobody knows how far it got: the message must come again. @throws RemoteFailureError */
  handle(envelope: Envelope, attempt: number): Promise<HandleOutcome> {
    this.#calls += 1;
    const call = this.#calls;
    const pending = Promise.withResolvers<HandleOutcome>();
    this.#pending.set(call, pending);
    if (!this.#program.send({ kind: 'handle', call, envelope, attempt })) this.#fail(call, LOST);
    return pending.promise;
  }

  /** `kill -9`. Resolves when it is dead; the next one has been started. */
  kill(): Promise<void> {
    return this.#program.kill();
  }

  stop(): Promise<void> {
    return this.#program.stop();
  }

  #receive(message: FromPayment): void {
    if (message.kind === 'ready') {
      this.#ready.resolve();
    } else if (message.kind === 'failed') {
      this.#fail(message.call, message.failure);
    } else {
      this.#pending.get(message.call)?.resolve(message.outcome);
      this.#pending.delete(message.call);
    }
  }

  #fail(call: number, failure: PaymentFailure): void {
    this.#pending.get(call)?.reject(new RemoteFailureError(failure));
    this.#pending.delete(call);
  }

  #loseAll(): void {
    for (const call of [...this.#pending.keys()]) this.#fail(call, LOST);
  }
}
