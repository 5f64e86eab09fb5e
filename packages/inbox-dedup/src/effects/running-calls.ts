import { type BoundedCall, boundedCall, type CallBounds, type CallEnd } from './bounded-call.ts';

export interface CallRequest<Result> extends CallBounds {
  readonly key: string;
  readonly call: (signal: AbortSignal) => Promise<Result>;
  /** Gets the result of a call that nobody waits for any more. */
  readonly onLate: (result: Result) => Promise<void>;
}

/**
 * The calls of this process that have not come to an end, waited for or not: while one that ignores its signal goes on, there is no
 * second one of its key.
 */
export class RunningCalls {
  readonly #running = new Map<string, Promise<void>>();

  has(key: string): boolean {
    return this.#running.has(key);
  }

  /** Never rejects. */
  run<Result>(request: CallRequest<Result>): Promise<CallEnd<Result>> {
    const call = boundedCall(request.call, request);
    const tracked = this.#track(call, request).finally(() => {
      if (this.#running.get(request.key) === tracked) this.#running.delete(request.key);
    });
    this.#running.set(request.key, tracked);
    return call.ended;
  }

  /** Resolves when no call runs any more, those that nobody waits for included. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  async #track<Result>({ ended, running }: BoundedCall<Result>, request: CallRequest<Result>): Promise<void> {
    const { type } = await ended;
    if (type === 'resolved' || type === 'rejected') return;
    try {
      await request.onLate(await running);
    } catch {
      // A late failure tells nothing that a verification does not tell better.
    }
  }
}
