import type { Envelope, Publisher, PublishOptions, Receipt } from '@holdfast/core';
import { ManualClock } from '@holdfast/core/testing';
import type { PublisherFixture } from '@holdfast/transports/testing';
import { memoryPublisherFixture } from '../memory/memory-fixtures.ts';

const deadlineMs = 5_000;

/** A publisher whose broker takes messages and never answers; it gives up after its deadline. */
class SilentPublisher implements Publisher {
  readonly #clock: ManualClock;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  async publish(batch: readonly Envelope[], { signal }: PublishOptions = {}): Promise<readonly Receipt[]> {
    await this.#clock.sleep(deadlineMs, signal);
    return batch.map(() => ({ outcome: 'unknown', reason: 'No answer in time.' }));
  }
}

/** A fixture whose broker never answers. */
export async function silentPublisherFixture(
  wrap: (inner: Publisher) => Publisher = (inner) => inner,
): Promise<PublisherFixture> {
  const clock = new ManualClock();
  return {
    ...(await memoryPublisherFixture()),
    publisher: wrap(new SilentPublisher(clock)),
    passTime: (ms) => clock.advance(ms),
    silence: { begin: async () => {}, deadlineMs },
  };
}
