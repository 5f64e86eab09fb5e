import type { Envelope, Publisher, Receipt } from '@holdfast/core';
import type { World } from '../../src/kernel/world.ts';

export interface Held {
  readonly envelope: Envelope;
  deliveries: number;
  leasedUntil: number;
  done: boolean;
}

const LEASE_MS = 4_000;
const refused: Receipt = { outcome: 'unavailable', reason: 'refused' };
const lost: Receipt = { outcome: 'unknown', reason: 'the answer was lost' };

/** One queue that outlives every process: at least once, in the order of publishing, with leases in virtual time. */
export class TinyBroker {
  readonly published: Envelope[] = [];
  readonly #held: Held[] = [];
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    world.server('bus');
    world.quietWhen(() => this.#held.every(({ done }) => done));
  }

  /** One for each process: after a message of a key that was not taken, none of that key is, until the caller knows. */
  publisher(): Publisher {
    return {
      publish: async (batch) => {
        const messages = batch.map(({ id }) => id);
        try {
          await this.#io('publish', messages, () => {
            for (const envelope of batch) {
              this.published.push(envelope);
              this.#held.push({ envelope, deliveries: 0, leasedUntil: 0, done: false });
            }
          });
          return batch.map((): Receipt => ({ outcome: 'accepted' }));
        } catch (error) {
          return batch.map(() => (error instanceof Error && error.message === 'refused' ? refused : lost));
        }
      },
    };
  }

  pull(): Promise<readonly Held[]> {
    return this.#io('pull', [], () => {
      const { now } = this.#world.simulation;
      const ready = this.#held.filter((held) => !held.done && held.leasedUntil <= now).slice(0, 3);
      for (const held of ready) {
        held.deliveries += 1;
        held.leasedUntil = now + LEASE_MS;
      }
      return ready;
    });
  }

  ack(held: Held): Promise<void> {
    return this.#io('ack', [held.envelope.id], () => {
      held.done = true;
    });
  }

  #io<Result>(what: string, messages: readonly string[], effect: () => Result): Promise<Result> {
    const site = {
      label: `bus.${what}`,
      server: 'bus',
      answers: true,
      messages,
      errorBefore: () => new Error('refused'),
      errorAfter: () => new Error('lost'),
    };
    return this.#world.simulation.io(site, effect);
  }
}
