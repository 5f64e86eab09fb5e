import type { Envelope, Publisher, Receipt } from '@holdfast/core';
import { IoLane } from '../../../src/kernel/io-site.ts';
import type { World } from '../../../src/kernel/world.ts';

/** The messages of one key that were sent one after another. What is behind a lost one is not taken. */
class Chain {
  sent = 0;
  received = 0;
  isBroken = false;
  /** Resolves when all that was sent before has its receipts. */
  tail: Promise<void> = Promise.resolve();
}

interface Link {
  readonly chain: Chain;
  readonly number: number;
}

/**
 * The publisher of a broker behind a network, within the contract of publishers: it can be down or refuse, answers get lost, what a dead sender has
 * sent may still arrive; but nothing of a key is accepted after something of it that was not. Keys have nothing to do with each other.
 */
export class NetworkPublisher implements Publisher {
  readonly #world: World;
  readonly #broker: Publisher;
  readonly #rejects: boolean;
  readonly #chains = new Map<string, Chain>();
  readonly #lane = new IoLane();

  /** @param options.rejects Whether it rejects instead of telling that an answer was lost. */
  constructor(world: World, broker: Publisher, { rejects = false }: { readonly rejects?: boolean } = {}) {
    this.#world = world;
    this.#broker = broker;
    this.#rejects = rejects;
  }

  async publish(batch: readonly Envelope[]): Promise<readonly Receipt[]> {
    const links = batch.map((envelope) => this.#link(envelope));
    const before = Promise.all(links.map(({ chain }) => chain.tail));
    const sent = this.#send(batch, links);
    const done = Promise.allSettled([sent, before]).then(() => {});
    for (const { chain } of links) chain.tail = done;
    try {
      const receipts = await sent;
      await before;
      const all = receipts.map((receipt, index) => (links[index]?.chain.isBroken ? LOST : receipt));
      for (const [index, { outcome }] of all.entries())
        if (outcome !== 'accepted' && outcome !== 'rejected') this.#break(batch[index], links[index]);
      return all;
    } catch (failure) {
      await before;
      for (const [index, envelope] of batch.entries()) this.#break(envelope, links[index]);
      if (failure === REFUSED) return batch.map(() => REFUSED);
      if (this.#rejects) throw new Error('the connection was lost');
      return batch.map(() => LOST);
    }
  }

  #send(batch: readonly Envelope[], links: readonly Link[]): Promise<readonly Receipt[]> {
    const site = {
      lane: this.#lane,
      label: 'bus.publish',
      server: 'bus',
      answers: true,
      outlivesSender: true,
      messages: batch.map(({ id }) => id),
      errorBefore: () => REFUSED,
      errorAfter: () => LOST,
    };
    return this.#world.simulation.io(site, async () => {
      const receipts: Receipt[] = [];
      for (const [index, envelope] of batch.entries()) {
        const { chain, number } = links[index] as Link;
        if (chain.received !== number - 1) receipts.push(WITHHELD);
        else {
          const [receipt = LOST] = await this.#broker.publish([envelope]);
          if (receipt.outcome === 'accepted' || receipt.outcome === 'rejected') chain.received = number;
          receipts.push(receipt);
        }
      }
      return receipts;
    });
  }

  #link({ key, id }: Envelope): Link {
    const chain = this.#chains.get(key ?? id) ?? new Chain();
    this.#chains.set(key ?? id, chain);
    chain.sent += 1;
    return { chain, number: chain.sent };
  }

  /** What is sent from now on begins anew; what is on its way is not accepted any more. */
  #break(envelope: Envelope | undefined, link: Link | undefined): void {
    if (envelope === undefined || link === undefined) return;
    link.chain.isBroken = true;
    // What is sent in the turn in which the receipts arrive may be sent by somebody who does not have them yet.
    void turnsLater(20).then(() => {
      const name = envelope.key ?? envelope.id;
      if (this.#chains.get(name) === link.chain) this.#chains.delete(name);
    });
  }
}

async function turnsLater(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await null;
}

const REFUSED: Receipt = Object.freeze({ outcome: 'unavailable', reason: 'it is down' });
const WITHHELD: Receipt = Object.freeze({ outcome: 'unavailable', reason: 'an earlier one of its key was not taken' });
const LOST: Receipt = Object.freeze({ outcome: 'unknown', reason: 'its answer was lost' });
