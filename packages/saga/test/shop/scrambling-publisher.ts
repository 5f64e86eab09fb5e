import type { Envelope, Publisher, Random, Receipt } from '@holdfast/core';

/** A transport that delivers everything several times, and in no order. */
export class ScramblingPublisher implements Publisher {
  readonly #inner: Publisher;
  readonly #copies: number;
  readonly #chance: Random;

  constructor(inner: Publisher, { copies, chance }: { readonly copies: number; readonly chance: Random }) {
    this.#inner = inner;
    this.#copies = copies;
    this.#chance = chance;
  }

  /** A message is accepted when all its copies are. */
  async publish(batch: readonly Envelope[]): Promise<readonly Receipt[]> {
    const copies = Array.from({ length: this.#copies }, () => batch.map((envelope, index) => ({ envelope, index })));
    const scrambled = copies.flat().map((copy) => ({ ...copy, place: this.#chance.next() }));
    scrambled.sort((one, other) => one.place - other.place);
    const receipts = await this.#inner.publish(scrambled.map(({ envelope }) => envelope));
    return batch.map((_, index) => {
      const own = receipts.filter((_, n) => scrambled[n]?.index === index);
      return own.find(({ outcome }) => outcome !== 'accepted') ?? { outcome: 'accepted' };
    });
  }
}
