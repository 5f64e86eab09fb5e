import type { Clock } from '@holdfast/core';
import { RequestGivenUpError } from './request-given-up-error.ts';

/** Without a reason each abort makes an error with a stack, for nobody. */
const ENDED = 'ended';

export interface AwsRequestsOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
}

export interface DeadlineOptions {
  /** How long the service was asked to wait: the answer may come so much later than usual. @default 0 */
  readonly waitMs?: number;
  /** After this long, in milliseconds, the answer is of no use. @default never */
  readonly withinMs?: number;
}

interface OpenRequest {
  giveUp(why: 'deadline' | 'closed'): void;
}

/**
 * Runs requests of AWS clients, each with a deadline of our own: clients wait without end for some things (credentials,
 * an answer on a dead connection), and heed an abort only while they talk HTTP.
 */
export class AwsRequests {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #open = new Set<OpenRequest>();
  #isClosed = false;

  constructor({ clock, timeoutMs }: AwsRequestsOptions) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Settles within the deadline, even when the client does not stop.
   * @throws RequestGivenUpError, or what the client throws
   */
  run<T>(send: (signal: AbortSignal) => Promise<T>, { waitMs = 0, withinMs }: DeadlineOptions = {}): Promise<T> {
    if (this.#isClosed) return Promise.reject(new RequestGivenUpError('closed'));
    const deadlineMs = Math.min(this.#timeoutMs + waitMs, withinMs ?? Infinity);
    const request = new AbortController();
    const ended = new AbortController();
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#open.delete(open);
        ended.abort(ENDED);
      };
      const open: OpenRequest = {
        giveUp: (why) => {
          end();
          reject(new RequestGivenUpError(why));
          request.abort(ENDED);
        },
      };
      this.#open.add(open);
      void this.#clock.sleep(deadlineMs, ended.signal).then(() => {
        if (!ended.signal.aborted) open.giveUp('deadline');
      });
      send(request.signal).then(resolve, reject).finally(end);
    });
  }

  /** Gives up every open request, and starts no more. */
  close(): void {
    this.#isClosed = true;
    for (const request of this.#open) request.giveUp('closed');
  }
}
