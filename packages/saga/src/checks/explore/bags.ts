import { Interner } from './interner.ts';

/** Sorted lists of numbers in which one may be several times: equal contents are one number. The empty bag is 0. */
export class Bags {
  readonly #bags = new Interner<readonly number[]>();

  constructor() {
    this.#numberOf([]);
  }

  members(bag: number): readonly number[] {
    return this.#bags.value(bag);
  }

  add(bag: number, added: readonly number[]): number {
    if (added.length === 0) return bag;
    return this.#numberOf([...this.members(bag), ...added].sort((a, b) => a - b));
  }

  /** Without one of its members. */
  remove(bag: number, member: number): number {
    const members = this.members(bag);
    const index = members.indexOf(member);
    return index === -1 ? bag : this.#numberOf([...members.slice(0, index), ...members.slice(index + 1)]);
  }

  #numberOf(members: readonly number[]): number {
    return this.#bags.numberOf(members.join(), () => members);
  }
}
