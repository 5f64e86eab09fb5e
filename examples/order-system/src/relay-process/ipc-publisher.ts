import {
  type Clock,
  type Envelope,
  type Publisher,
  type PublishOptions,
  type Receipt,
  SystemClock,
} from '@holdfast/core';
import type { ParentChannel } from './parent-channel.ts';
import { allSettled, type ToRelay } from './process-messages.ts';

export interface IpcPublisherOptions {
  readonly channel: ParentChannel;
  /** How long to wait for receipts. @default 10_000 */
  readonly deadlineMs?: number;
  /** @default the system's clock */
  readonly clock?: Clock;
}

interface PendingCall {
  readonly size: number;
  readonly settle: (receipts: readonly Receipt[]) => void;
}

/**
 * Publishes over the channel to the parent process, where the broker is. What has no receipt when the channel is lost or
 * the deadline has passed ends as `unknown`: the broker may have it.
 */
export class IpcPublisher implements Publisher {
  readonly #channel: ParentChannel;
  readonly #deadlineMs: number;
  readonly #clock: Clock;
  readonly #pending = new Map<number, PendingCall>();
  #calls = 0;
  #failuresHeard = 0;

  constructor({ channel, deadlineMs = 10_000, clock = new SystemClock() }: IpcPublisherOptions) {
    this.#channel = channel;
    this.#deadlineMs = deadlineMs;
    this.#clock = clock;
    channel.on('message', (message) => this.#receive(message));
    channel.on('disconnect', () => this.#giveUpAll('the channel to the broker was lost'));
  }

  publish(batch: readonly Envelope[], { signal }: PublishOptions = {}): Promise<readonly Receipt[]> {
    if (!this.#channel.connected)
      return Promise.resolve(unavailable(batch.length, 'there is no channel to the broker'));
    if (signal?.aborted) return Promise.resolve(unavailable(batch.length, 'aborted before it was sent'));
    this.#calls += 1;
    const call = this.#calls;
    return new Promise((resolve) => {
      const settled = new AbortController();
      const onAbort = () => this.#giveUp(call, 'the sender stopped waiting');
      signal?.addEventListener('abort', onAbort, { once: true });
      const settle = (receipts: readonly Receipt[]) => {
        signal?.removeEventListener('abort', onAbort);
        settled.abort();
        resolve(receipts);
      };
      this.#pending.set(call, { size: batch.length, settle });
      void this.#clock
        .sleep(this.#deadlineMs, settled.signal)
        .then(() => this.#giveUp(call, 'there was no receipt in time'));
      this.#channel.send({ kind: 'publish', call, failuresHeard: this.#failuresHeard, batch }, (error) => {
        if (error !== null) this.#giveUp(call, 'the channel to the broker failed');
      });
    });
  }

  #receive(message: ToRelay): void {
    if (message.kind !== 'receipts') return;
    // Also when nobody waits for them any more: the other end counts the failures that it has told of.
    if (!allSettled(message.receipts)) this.#failuresHeard += 1;
    this.#settle(message.call, () => message.receipts);
  }

  #giveUpAll(reason: string): void {
    for (const call of [...this.#pending.keys()]) this.#giveUp(call, reason);
  }

  #giveUp(call: number, reason: string): void {
    this.#settle(call, (size) => Array.from({ length: size }, () => ({ outcome: 'unknown', reason })));
  }

  #settle(call: number, receipts: (size: number) => readonly Receipt[]): void {
    const pending = this.#pending.get(call);
    if (pending === undefined) return;
    this.#pending.delete(call);
    pending.settle(receipts(pending.size));
  }
}

function unavailable(size: number, reason: string): readonly Receipt[] {
  return Array.from({ length: size }, () => ({ outcome: 'unavailable', reason }));
}
