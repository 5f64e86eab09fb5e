import {
  type Clock,
  type Delivery,
  failureClassOf,
  LeaseLostError,
  type QueueReader,
  summarizeError,
} from '@holdfast/core';
import type { HandleOutcome } from '@holdfast/inbox-dedup';

export interface LeasedConsumerOptions {
  readonly reader: QueueReader;
  readonly clock: Clock;
  /** How long the queue's leases are, in milliseconds. */
  readonly leaseMs: number;
  /** Applies a message; `lost` is aborted when its lease cannot be kept. */
  readonly handle: (delivery: Delivery, lost: AbortSignal) => Promise<HandleOutcome>;
  readonly onEnd?: (end: HandledEnd) => void;
}

/** How the handling of one message ended. */
export interface HandledEnd {
  readonly outcome: HandleOutcome | 'failed';
  readonly wasLost: boolean;
}

const AT_ONCE = 4;

/** A consumer as a team writes it: pull, keep the lease while it works, acknowledge what is done, hand back what failed. */
export class LeasedConsumer {
  readonly #options: LeasedConsumerOptions;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(options: LeasedConsumerOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { reader, clock } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const deliveries = await reader.pull(AT_ONCE, { waitMs: 500, signal });
        await Promise.all(deliveries.map((delivery) => this.#take(delivery)));
      } catch {
        await clock.sleep(100, signal);
      }
    }
  }

  async #take(delivery: Delivery): Promise<void> {
    const done = new AbortController();
    const lost = new AbortController();
    const keeping = this.#keep(delivery, { done: done.signal, lost });
    try {
      const outcome = await this.#options.handle(delivery, lost.signal);
      await delivery.ack().catch((error: unknown) => {
        if (error instanceof LeaseLostError) lost.abort(error);
      });
      this.#ended(outcome, lost);
    } catch (error) {
      this.#ended('failed', lost);
      await this.#giveBack(delivery, error).catch(() => {});
    } finally {
      done.abort();
      await keeping;
    }
  }

  #ended(outcome: HandledEnd['outcome'], lost: AbortController): void {
    this.#options.onEnd?.({ outcome, wasLost: lost.signal.aborted });
  }

  async #keep(
    delivery: Delivery,
    { done, lost }: { readonly done: AbortSignal; readonly lost: AbortController },
  ): Promise<void> {
    const { clock, leaseMs } = this.#options;
    try {
      for (;;) {
        await clock.sleep(leaseMs / 3, done);
        if (done.aborted) return;
        await delivery.extend(leaseMs);
      }
    } catch {
      if (!done.aborted) lost.abort(new LeaseLostError(delivery.envelope.id));
    }
  }

  async #giveBack(delivery: Delivery, error: unknown): Promise<void> {
    if (failureClassOf(error) === 'permanent') await delivery.deadLetter(summarizeError(error));
    else await delivery.retry(Math.min(200 * 2 ** (delivery.deliveryCount - 1), 5_000));
  }
}
