import { type Clock, type Delivery, failureClassOf, type QueueReader, summarizeError } from '@holdfast/core';

export interface TeamConsumerOptions {
  readonly reader: QueueReader;
  /** Applies messages, and says at each place what it failed with, or null. */
  readonly handle: (deliveries: readonly Delivery[]) => Promise<readonly unknown[]>;
  readonly max: number;
  readonly clock: Clock;
}

/** A consumer as a team writes it: pull, handle, acknowledge what is done, hand back what failed. */
export class TeamConsumer {
  readonly #options: TeamConsumerOptions;
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(options: TeamConsumerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { reader, max, clock } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#take(await reader.pull(max, { waitMs: 300, signal }));
      } catch {
        await clock.sleep(100, signal);
      }
    }
  }

  async #take(deliveries: readonly Delivery[]): Promise<void> {
    if (deliveries.length === 0) return;
    const failures = await this.#options.handle(deliveries);
    for (const [index, delivery] of deliveries.entries()) await this.#settle(delivery, failures[index] ?? null);
  }

  async #settle(delivery: Delivery, failure: unknown): Promise<void> {
    try {
      if (failure === null) await delivery.ack();
      else if (failureClassOf(failure) === 'permanent') await delivery.deadLetter(summarizeError(failure));
      else await delivery.retry(200);
    } catch {
      // Its lease ends, and it comes again.
    }
  }
}
