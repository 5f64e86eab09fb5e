import type { Envelope, Publisher, Receipt } from '@holdfast/core';

const ACCEPTED: Receipt = Object.freeze({ outcome: 'accepted' });

export interface PacedPublisherOptions {
  /** What the broker takes at most. */
  readonly messagesPerSecond: number;
  /** From taking a message to its confirmation, in milliseconds. */
  readonly confirmMs: number;
}

interface Waiting {
  readonly confirmAt: number;
  readonly count: number;
  readonly confirm: (receipts: readonly Receipt[]) => void;
}

/** A broker as a publisher sees it: it works one message after the other and confirms each batch some time later. */
export class PacedPublisher implements Publisher {
  readonly #millisecondsEach: number;
  readonly #confirmMs: number;
  readonly #waiting: Waiting[] = [];
  #busyUntil = 0;
  #published = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ messagesPerSecond, confirmMs }: PacedPublisherOptions) {
    this.#millisecondsEach = 1_000 / messagesPerSecond;
    this.#confirmMs = confirmMs;
  }

  get published(): number {
    return this.#published;
  }

  publish(batch: readonly Envelope[]): Promise<readonly Receipt[]> {
    this.#published += batch.length;
    this.#busyUntil = Math.max(performance.now(), this.#busyUntil) + batch.length * this.#millisecondsEach;
    const { promise, resolve } = Promise.withResolvers<readonly Receipt[]>();
    this.#waiting.push({ confirmAt: this.#busyUntil + this.#confirmMs, count: batch.length, confirm: resolve });
    this.#timer ??= setTimeout(() => this.#confirmDue(), 1);
    return promise;
  }

  #confirmDue(): void {
    const now = performance.now();
    for (let first = this.#waiting[0]; first !== undefined && first.confirmAt <= now; first = this.#waiting[0]) {
      this.#waiting.shift();
      first.confirm(Array.from({ length: first.count }, () => ACCEPTED));
    }
    this.#timer = this.#waiting.length === 0 ? undefined : setTimeout(() => this.#confirmDue(), 1);
  }
}
