import type { PgQueryResult } from './pg-client.ts';

/** A statement on the wire whose answer is looked at later, so that its failure is never an unhandled rejection. */
export class SentStatement {
  readonly settled: Promise<void>;
  #result: PgQueryResult | undefined;
  #error: unknown;
  #failed = false;

  constructor(answer: Promise<PgQueryResult>) {
    this.settled = answer.then(
      (result) => {
        this.#result = result;
      },
      (error: unknown) => {
        this.#error = error;
        this.#failed = true;
      },
    );
  }

  get failed(): boolean {
    return this.#failed;
  }

  get error(): unknown {
    return this.#error;
  }

  /** `undefined` until it is answered, and when it failed. */
  get command(): string | undefined {
    return this.#result?.command;
  }
}
