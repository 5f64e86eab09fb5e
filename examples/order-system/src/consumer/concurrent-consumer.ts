import {
  type Delivery,
  type Envelope,
  failureClassOf,
  Loop,
  type LoopResult,
  type QueueReader,
  retryAfterMsOf,
  summarizeError,
} from '@holdfast/core';
import type { HandleOutcome } from '@holdfast/inbox-dedup';
import type { ServiceConsumer } from './service-consumer.ts';
import { settle } from './settle.ts';

export interface ConcurrentConsumerOptions {
  readonly name: string;
  readonly types: readonly string[];
  readonly queue: QueueReader;
  /** Applies one message. */
  readonly handle: (envelope: Envelope, attempt: number) => Promise<HandleOutcome>;
  /** How many messages are applied at the same time. */
  readonly concurrency: number;
  /** Told of every failure to receive or to apply; it is tried again. */
  readonly onError: (error: unknown) => void;
  /** How long the queue is asked to wait for messages, in milliseconds. @default 1_000 */
  readonly waitMs?: number;
}

const WAIT_MS = 1_000;
/** When a failure does not say itself when to come again. */
const RETRY_AFTER_MS = 200;

/** Pulls as many messages as may be worked on at the same time: for effects that wait for somebody outside. */
export class ConcurrentConsumer implements ServiceConsumer {
  readonly #options: ConcurrentConsumerOptions;
  readonly #loop: Loop;
  readonly #running = new Set<Promise<void>>();
  /** When messages that were handed back come again, on the clock of `performance`. */
  #comingBack: readonly number[] = [];
  #appliedCount = 0;
  #duplicateCount = 0;

  constructor(options: ConcurrentConsumerOptions) {
    this.#options = options;
    this.#loop = new Loop({
      name: `${options.name} consumer`,
      runOnce: (signal) => this.#consume(signal),
      errorBackoffMs: { min: 50, max: 500 },
      onError: options.onError,
    });
  }

  get name(): string {
    return this.#options.name;
  }

  get types(): readonly string[] {
    return this.#options.types;
  }

  get appliedCount(): number {
    return this.#appliedCount;
  }

  get duplicateCount(): number {
    return this.#duplicateCount;
  }

  /** Messages that are being worked on. */
  get runningCount(): number {
    return this.#running.size;
  }

  /** Messages that are being worked on, and those that were handed back and are not due yet: some brokers do not count these. */
  get unsettledCount(): number {
    const now = performance.now();
    this.#comingBack = this.#comingBack.filter((at) => at > now);
    return this.#running.size + this.#comingBack.length;
  }

  start(): void {
    this.#loop.start();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
    await Promise.all(this.#running);
  }

  async #consume(signal: AbortSignal): Promise<LoopResult> {
    const { queue, concurrency, waitMs = WAIT_MS } = this.#options;
    while (this.#running.size >= concurrency) await Promise.race(this.#running);
    if (signal.aborted) return 'idle';
    for (const delivery of await queue.pull(concurrency - this.#running.size, { waitMs, signal })) {
      const running = this.#handle(delivery).finally(() => this.#running.delete(running));
      this.#running.add(running);
    }
    return 'busy';
  }

  async #handle(delivery: Delivery): Promise<void> {
    const { handle, onError } = this.#options;
    try {
      const outcome = await handle(delivery.envelope, delivery.deliveryCount);
      if (outcome === 'applied') this.#appliedCount += 1;
      else this.#duplicateCount += 1;
      await settle(() => delivery.ack());
    } catch (error) {
      onError(error);
      if (failureClassOf(error) === 'permanent') await settle(() => delivery.deadLetter(summarizeError(error)));
      else await this.#handBack(delivery, retryAfterMsOf(error) ?? RETRY_AFTER_MS);
    }
  }

  async #handBack(delivery: Delivery, delayMs: number): Promise<void> {
    this.#comingBack = [...this.#comingBack, performance.now() + delayMs];
    await settle(() => delivery.retry(delayMs));
  }
}
