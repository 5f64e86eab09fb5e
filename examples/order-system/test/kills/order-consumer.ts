import { Loop, type LoopResult, type QueueReader } from '@holdfast/core';
import type { OrderProcess } from './order-process.ts';

const BATCH = 50;
const WAIT_MS = 200;

/** Hands the order service's queue to its process, and kills it now and then while it works. */
export class OrderConsumer {
  readonly #loop: Loop;
  #held = 0;
  #duplicates = 0;
  #handled = 0;

  constructor(
    queue: QueueReader,
    { orders, killEvery }: { readonly orders: OrderProcess; readonly killEvery: () => number },
  ) {
    let killAt = killEvery();
    this.#loop = new Loop({
      name: 'order service',
      runOnce: async (signal): Promise<LoopResult> => {
        const deliveries = await queue.pull(BATCH, { waitMs: WAIT_MS, signal });
        if (deliveries.length === 0) return 'busy';
        this.#held = deliveries.length;
        const batch = deliveries.map(({ envelope, deliveryCount }) => ({ envelope, attempt: deliveryCount }));
        const asked = orders.ask({ kind: 'handle', batch });
        if (this.#handled >= killAt) {
          killAt = this.#handled + killEvery();
          await orders.kill();
        }
        const answer = await asked;
        for (const delivery of deliveries) await (answer === null ? delivery.retry(0) : delivery.ack());
        this.#held = 0;
        this.#handled += answer?.count ?? 0;
        this.#duplicates += answer?.duplicates ?? 0;
        return 'busy';
      },
      onError: () => {},
    });
    this.#loop.start();
  }

  get heldCount(): number {
    return this.#held;
  }

  get duplicateCount(): number {
    return this.#duplicates;
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
  }
}
