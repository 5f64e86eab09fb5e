import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** Requests that another process is to send. */
export interface LoadTask {
  readonly port: number;
  /** Connections that are kept open, each with one request at a time. */
  readonly concurrency: number;
  readonly until: { readonly seconds: number } | { readonly requests: number };
  /**
   * `none` sends no key, `fresh` one that was never sent, `stored` one of as many as were sent before with `requests`
   * and this mode.
   */
  readonly keys: 'none' | 'fresh' | 'stored';
  /** How many keys `stored` has. */
  readonly stored: number;
}

export interface LoadReport {
  /** Answers with status 201. Any other ends the benchmark. */
  readonly count: number;
  /** From the request to the last byte of the answer, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Answers that say that they were stored. */
  readonly replayed: number;
}

/** A process of its own that sends requests, so that the server's CPU is the server's alone. */
export class HttpLoad {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(): Promise<HttpLoad> {
    const child = fork(join(import.meta.dirname, 'http-load-process.ts'));
    await once(child, 'message');
    return new HttpLoad(child);
  }

  /** Rejects when an answer is not 201, and when there is none for a minute. */
  async send(task: LoadTask): Promise<LoadReport> {
    const { promise, resolve, reject } = Promise.withResolvers<LoadReport>();
    const deadline = setTimeout(() => reject(new Error('A request was not answered within a minute.')), 60_000);
    const onExit = (code: number | null) =>
      reject(new Error(`The process that sends requests ended with code ${code}.`));
    const onMessage = (message: unknown) => {
      if (typeof message === 'string') reject(new Error(message));
      else resolve(message as LoadReport);
    };
    this.#child.once('exit', onExit).once('message', onMessage);
    this.#child.send(task);
    try {
      return await promise;
    } finally {
      clearTimeout(deadline);
      this.#child.off('exit', onExit).off('message', onMessage);
    }
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.kill();
    await exited;
  }
}
