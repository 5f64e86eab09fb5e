import { ChildProgram, type ProgramEvent } from '../processes/child-program.ts';
import type { ProgramKeepsFailingError } from '../processes/program-keeps-failing-error.ts';
import type { FromProvider, ToProvider } from './provider-messages.ts';

export interface ProviderProcessOptions {
  /** The provider's own ledger. */
  readonly file: string;
  /** Of its moods. */
  readonly seed: number;
  readonly onEvent: (event: ProgramEvent) => void;
  readonly onFailure: (error: ProgramKeepsFailingError) => void;
}

/** Runs the simulated payment provider in a process of its own. When it is killed, the next one is at the same address. */
export class ProviderProcess {
  readonly #program: ChildProgram<ToProvider, FromProvider>;
  readonly #listening = Promise.withResolvers<void>();
  #port = 0;
  #acceptsRefunds = false;
  #withholdsAnswers = false;
  #onWithheld: () => void = () => {};

  constructor({ file, seed, onEvent, onFailure }: ProviderProcessOptions) {
    this.#program = new ChildProgram({
      name: 'provider',
      file: new URL('./provider-main.ts', import.meta.url),
      args: () => [file, String(seed), String(this.#port), ...(this.#acceptsRefunds ? ['accept-refunds'] : [])],
      onMessage: (message) => this.#receive(message),
      onEvent,
      onFailure: (error) => {
        this.#listening.reject(error);
        onFailure(error);
      },
    });
    // Whoever waits for it is told.
    this.#listening.promise.catch(() => {});
  }

  get startedCount(): number {
    return this.#program.startedCount;
  }

  get openCount(): number {
    return this.#program.openCount;
  }

  /** Resolves with its address when it listens. */
  async start(): Promise<string> {
    this.#program.start();
    await this.#listening.promise;
    return `http://127.0.0.1:${this.#port}`;
  }

  /**
   * Nobody gets an answer about a charge any more until {@link kill}, also from the next process when this one ends by itself. Resolves
   * when this has happened to a charge.
   */
  withholdAnswers(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onWithheld = resolve;
    this.#withholdsAnswers = true;
    this.#program.send({ kind: 'withhold-answers' });
    return promise;
  }

  /** Those get their money back, too, whom it has refused that (`awkward-customers.ts`). It holds for the next processes as well. */
  acceptRefunds(): void {
    this.#acceptsRefunds = true;
    this.#program.send({ kind: 'accept-refunds' });
  }

  /** `kill -9`. Resolves when it is dead; the next one has been started. */
  kill(): Promise<void> {
    this.#withholdsAnswers = false;
    return this.#program.kill();
  }

  stop(): Promise<void> {
    return this.#program.stop();
  }

  #receive(message: FromProvider): void {
    if (message.kind === 'answer-withheld') {
      this.#onWithheld();
    } else {
      this.#port = message.port;
      if (this.#withholdsAnswers) this.#program.send({ kind: 'withhold-answers' });
      this.#listening.resolve();
    }
  }
}
