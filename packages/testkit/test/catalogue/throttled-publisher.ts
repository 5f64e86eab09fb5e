import type { Envelope, Publisher, PublishOptions, Receipt } from '@holdfast/core';
import type { World } from '../../src/kernel/world.ts';

const PERIOD_MS = 1_000;
/** For so long a relay may not have read what it was told. */
const GRACE_MS = 20;

/** A broker that takes nothing in every other second, and says for how long; it notices who comes sooner. One for each life of a relay. */
export class ThrottledPublisher implements Publisher {
  readonly #inner: Publisher;
  readonly #world: World;
  #told: { readonly at: number; readonly until: number } = { at: 0, until: 0 };

  constructor(inner: Publisher, world: World) {
    this.#inner = inner;
    this.#world = world;
  }

  async publish(batch: readonly Envelope[], options?: PublishOptions): Promise<readonly Receipt[]> {
    const { now } = this.#world.simulation;
    const { at, until } = this.#told;
    if (now > at + GRACE_MS && now < until) {
      this.#world.simulation.problem('a relay comes again when it was told to', `It came ${until - now} ms too early.`);
    }
    const period = Math.floor(now / PERIOD_MS);
    if (period % 2 === 0) return this.#inner.publish(batch, options);
    const end = (period + 1) * PERIOD_MS;
    if (end > until) this.#told = { at: now, until: end };
    this.#world.see('throttled');
    const retryAfterMs = Math.ceil(end - now);
    return batch.map(() => ({ outcome: 'unavailable', reason: 'Too many messages.', retryAfterMs }));
  }
}
