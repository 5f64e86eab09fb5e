import { type Delivery, failureClassOf, Loop, type LoopResult, type QueueReader, summarizeError } from '@holdfast/core';
import type { ConsumingService } from './consuming-service.ts';
import type { ServiceConsumer } from './service-consumer.ts';
import { settle } from './settle.ts';

export interface QueueConsumerOptions {
  readonly service: ConsumingService;
  readonly queue: QueueReader;
  /** Told of every failure to receive or to apply; it is tried again. */
  readonly onError: (error: unknown) => void;
  /** How long the queue is asked to wait for messages, in milliseconds. @default 1_000 */
  readonly waitMs?: number;
}

const BATCH = 100;
const WAIT_MS = 1_000;

/** Pulls messages and lets the service's inbox apply them, many in one transaction. */
export class QueueConsumer implements ServiceConsumer {
  readonly #service: ConsumingService;
  readonly #queue: QueueReader;
  readonly #waitMs: number;
  readonly #loop: Loop;
  #unapplied: readonly Delivery[] = [];
  #appliedCount = 0;
  #duplicateCount = 0;
  #settling: Promise<unknown> = Promise.resolve();

  constructor({ service, queue, onError, waitMs = WAIT_MS }: QueueConsumerOptions) {
    this.#service = service;
    this.#queue = queue;
    this.#waitMs = waitMs;
    this.#loop = new Loop({
      name: `${service.name} consumer`,
      runOnce: (signal) => this.#consume(signal),
      errorBackoffMs: { min: 50, max: 500 },
      onError,
    });
  }

  get name(): string {
    return this.#service.name;
  }

  get types(): readonly string[] {
    return this.#service.types;
  }

  get appliedCount(): number {
    return this.#appliedCount;
  }

  get duplicateCount(): number {
    return this.#duplicateCount;
  }

  get unsettledCount(): number {
    return this.#unapplied.length;
  }

  start(): void {
    this.#loop.start();
  }

  /** Receives and applies one batch; for jobs and tests. */
  async runOnce(): Promise<void> {
    await this.#loop.runOnce();
    await this.#settling;
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
    await this.#settling;
  }

  async #consume(signal: AbortSignal): Promise<LoopResult> {
    // What could not be applied goes first: a later message of its key must not overtake it.
    const received =
      this.#unapplied.length > 0 ? this.#unapplied : await this.#queue.pull(BATCH, { waitMs: this.#waitMs, signal });
    this.#unapplied = received;
    const messages = received.map(({ envelope, deliveryCount }) => ({ envelope, attempt: deliveryCount }));
    const outcomes = await this.#service.inbox.handleBatch(messages, this.#service.work);
    const settlements: (() => Promise<void>)[] = [];
    const unapplied: Delivery[] = [];
    let failure: unknown;
    for (const [index, delivery] of received.entries()) {
      const outcome = outcomes[index];
      if (outcome?.outcome !== 'failed') {
        if (outcome?.outcome === 'applied') this.#appliedCount += 1;
        else this.#duplicateCount += 1;
        settlements.push(() => delivery.ack());
      } else if (failureClassOf(outcome.error) === 'permanent') {
        settlements.push(() => delivery.deadLetter(summarizeError(outcome.error)));
      } else {
        failure ??= outcome.error;
        unapplied.push(delivery);
      }
    }
    this.#unapplied = unapplied;
    await this.#settling;
    // Together, so that a transport can tell the broker of many at once, and while the next ones are received.
    this.#settling = Promise.all(settlements.map(settle));
    if (unapplied.length > 0) throw failure;
    return 'busy';
  }
}
