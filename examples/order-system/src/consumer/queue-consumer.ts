import {
  type Delivery,
  failureClassOf,
  Loop,
  type LoopResult,
  type Message,
  type QueueReader,
  summarizeError,
} from '@holdfast/core';
import { AppliedMessages } from './applied-messages.ts';
import type { ConsumingService } from './consuming-service.ts';

export interface QueueConsumerOptions {
  readonly service: ConsumingService;
  readonly queue: QueueReader;
  /** Told of every failure to receive or to apply; it is tried again. */
  readonly onError: (error: unknown) => void;
}

interface Received {
  readonly delivery: Delivery;
  readonly message: Message;
}

const BATCH = 100;
const WAIT_MS = 1_000;

/** Pulls messages, applies each exactly once in the service's database, and settles them. */
export class QueueConsumer {
  readonly #service: ConsumingService;
  readonly #queue: QueueReader;
  readonly #applied: AppliedMessages;
  readonly #loop: Loop;
  #unapplied: readonly Received[] = [];
  #appliedCount = 0;
  #duplicateCount = 0;
  #settling: Promise<unknown> = Promise.resolve();

  constructor({ service, queue, onError }: QueueConsumerOptions) {
    this.#service = service;
    this.#queue = queue;
    this.#applied = new AppliedMessages(service.db);
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

  /** Messages whose effect was made since the start. */
  get appliedCount(): number {
    return this.#appliedCount;
  }

  /** Messages that came again since the start, and were dropped. */
  get duplicateCount(): number {
    return this.#duplicateCount;
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
    if (this.#unapplied.length === 0) this.#unapplied = await this.#receive(signal);
    const received = this.#unapplied;
    this.#applyAll(received);
    this.#unapplied = [];
    await this.#settling;
    // Together, so that a transport can tell the broker of many at once, and while the next ones are received.
    this.#settling = Promise.all(received.map(({ delivery }) => settle(() => delivery.ack())));
    return 'busy';
  }

  async #receive(signal: AbortSignal): Promise<readonly Received[]> {
    const received: Received[] = [];
    for (const delivery of await this.#queue.pull(BATCH, { waitMs: WAIT_MS, signal })) {
      try {
        received.push({ delivery, message: this.#service.events.decode(delivery.envelope) });
      } catch (error) {
        if (failureClassOf(error) !== 'permanent') throw error;
        await settle(() => delivery.deadLetter(summarizeError(error)));
      }
    }
    return received;
  }

  /** One transaction for all: effects, and the rows that say that they were made. */
  #applyAll(received: readonly Received[]): void {
    let applied = 0;
    this.#service.db
      .transaction(() => {
        applied = 0;
        for (const { delivery, message } of received) {
          if (!this.#applied.add(delivery.envelope)) continue;
          this.#service.apply(message);
          applied += 1;
        }
      })
      .immediate();
    this.#appliedCount += applied;
    this.#duplicateCount += received.length - applied;
  }
}

/** A settlement that fails costs nothing: the message is delivered again, and dropped as a duplicate. */
async function settle(settlement: () => Promise<void>): Promise<void> {
  try {
    await settlement();
  } catch {}
}
