import { type Clock, type Delivery, type PullOptions, type QueueReader, SystemClock } from '@holdfast/core';

export interface SilenceableQueueOptions {
  readonly queue: QueueReader;
  /** @default the system's clock */
  readonly clock?: Clock;
}

/**
 * A queue whose service can be silenced from outside, for the demonstration: it takes no message any more, so it does nothing and
 * answers nothing. When it may speak again, it answers what has waited, late.
 */
export class SilenceableQueue implements QueueReader {
  readonly #queue: QueueReader;
  readonly #clock: Clock;
  /** Aborted when it is silenced. */
  #speaking = new AbortController();
  #silence: AbortController | null = null;

  constructor({ queue, clock = new SystemClock() }: SilenceableQueueOptions) {
    this.#queue = queue;
    this.#clock = clock;
  }

  get isSilent(): boolean {
    return this.#silence !== null;
  }

  silence(): void {
    this.#silence ??= new AbortController();
    this.#speaking.abort();
  }

  speak(): void {
    this.#speaking = new AbortController();
    this.#silence?.abort();
    this.#silence = null;
  }

  async pull(max: number, { waitMs, signal }: PullOptions): Promise<readonly Delivery[]> {
    const silence = this.#silence;
    if (silence === null) return this.#queue.pull(max, { waitMs, signal: anyOf(this.#speaking.signal, signal) });
    await this.#clock.sleep(waitMs, anyOf(silence.signal, signal));
    return [];
  }
}

function anyOf(one: AbortSignal, other: AbortSignal | undefined): AbortSignal {
  return other === undefined ? one : AbortSignal.any([one, other]);
}
