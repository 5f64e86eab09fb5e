import { setTimeout as pause } from 'node:timers/promises';
import type { Envelope, Publisher, Receipt } from '@holdfast/core';
import type { SeededRandom } from '../../src/orders-input/seeded-random.ts';

export interface UnrulyPublisherOptions {
  readonly publisher: Publisher;
  readonly random: SeededRandom;
  /** How late a message may be that is so late that nobody waits for it any more. */
  readonly lateMs: number;
}

const SOON_MS = 150;

/** A broker that delivers twice, in any order, and sometimes far too late. */
export class UnrulyPublisher implements Publisher {
  readonly #options: UnrulyPublisherOptions;
  readonly #onTheWay = new Set<Promise<void>>();
  #duplicates = 0;
  #late = 0;
  #lateOnTheWay = 0;

  constructor(options: UnrulyPublisherOptions) {
    this.#options = options;
  }

  get onTheWayCount(): number {
    return this.#onTheWay.size;
  }

  /** Those of them that are far too late. */
  get lateOnTheWayCount(): number {
    return this.#lateOnTheWay;
  }

  get counts(): { readonly duplicates: number; readonly late: number } {
    return { duplicates: this.#duplicates, late: this.#late };
  }

  async publish(batch: readonly Envelope[]): Promise<readonly Receipt[]> {
    const { publisher, random, lateMs } = this.#options;
    const now: Envelope[] = [];
    for (const envelope of batch) {
      const chance = random.upTo(100);
      if (chance > 94) {
        this.#duplicates += 1;
        this.#later(envelope, random.upTo(SOON_MS));
      }
      if (chance <= 2) {
        this.#late += 1;
        this.#lateOnTheWay += 1;
        this.#later(envelope, lateMs + random.upTo(SOON_MS), () => {
          this.#lateOnTheWay -= 1;
        });
      } else if (chance >= 80) this.#later(envelope, random.upTo(SOON_MS));
      else now.push(envelope);
    }
    if (now.length > 0) await publisher.publish(now);
    return batch.map(() => ({ outcome: 'accepted' }));
  }

  #later(envelope: Envelope, delayMs: number, onSent = () => {}): void {
    const sent = pause(delayMs)
      .then(() => this.#options.publisher.publish([envelope]))
      .then(() => {
        this.#onTheWay.delete(sent);
        onSent();
      });
    this.#onTheWay.add(sent);
  }
}
