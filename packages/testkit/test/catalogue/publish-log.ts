import type { Envelope, Publisher, PublishOptions, Receipt } from '@holdfast/core';
import { currentIncarnation } from '../../src/kernel/simulated-process.ts';
import type { World } from '../../src/kernel/world.ts';

interface Handed {
  /** The life of the relay that handed it over last. */
  readonly life: string;
  readonly outcome: Receipt['outcome'] | 'none yet';
}

/** What all lives of all relays have handed over, for telling why a message came twice. */
export class PublishLog {
  /** When each message was handed over, in virtual milliseconds. */
  readonly times: { readonly id: string; readonly at: number }[] = [];
  readonly #world: World;
  readonly #last = new Map<string, Handed>();
  readonly #again = new Map<string, string>();
  readonly #arrived = new Set<string>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Notes what a relay hands over to `inner`, in the process whose code calls. */
  watched(inner: Publisher): Publisher {
    const { process, number } = currentIncarnation();
    const own = `${process}/${number}`;
    return {
      publish: async (batch: readonly Envelope[], options?: PublishOptions) => {
        for (const { id } of batch) this.#handOver(id, own);
        const receipts = await inner.publish(batch, options);
        for (const [index, { id }] of batch.entries()) {
          this.#last.set(id, { life: own, outcome: receipts[index]?.outcome ?? 'unknown' });
        }
        return receipts;
      },
    };
  }

  /** The queue gave out a copy for the first time: when it gave out another one before, it was published twice. */
  delivered(id: string, deliveryCount: number): void {
    if (deliveryCount > 1) return;
    if (this.#arrived.has(id)) this.#world.see(this.#again.get(id) ?? 'published twice');
    this.#arrived.add(id);
  }

  #handOver(id: string, life: string): void {
    this.times.push({ id, at: this.#world.simulation.now });
    const before = this.#last.get(id);
    if (before !== undefined && before.life !== life) this.#again.set(id, 'published, not recorded, published again');
    else if (before?.outcome === 'unknown') this.#again.set(id, 'published, the confirm lost, published again');
    this.#last.set(id, { life, outcome: 'none yet' });
  }
}
