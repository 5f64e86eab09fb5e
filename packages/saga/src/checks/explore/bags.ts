import { Interner } from './interner.ts';

/** More members and bags than there can be states. */
const FACTOR = 2 ** 24;

/** Sorted lists of numbers in which one may be several times: equal contents are one number. The empty bag is 0. */
export class Bags {
  readonly #bags = new Interner<readonly number[]>();
  readonly #with = new Map<number, number>();
  readonly #without = new Map<number, number>();

  constructor() {
    this.#numberOf([]);
  }

  members(bag: number): readonly number[] {
    return this.#bags.value(bag);
  }

  add(bag: number, member: number): number {
    return remembered(this.#with, bag * FACTOR + member, () => {
      return this.#numberOf([...this.members(bag), member].sort((a, b) => a - b));
    });
  }

  /** Without one of its members. */
  remove(bag: number, member: number): number {
    return remembered(this.#without, bag * FACTOR + member, () => {
      const members = this.members(bag);
      const index = members.indexOf(member);
      return index === -1 ? bag : this.#numberOf([...members.slice(0, index), ...members.slice(index + 1)]);
    });
  }

  #numberOf(members: readonly number[]): number {
    return this.#bags.numberOf(members.join(), () => members);
  }
}

function remembered(memory: Map<number, number>, key: number, compute: () => number): number {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const number = compute();
  memory.set(key, number);
  return number;
}
