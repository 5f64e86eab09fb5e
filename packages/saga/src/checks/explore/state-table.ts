const FIRST_CAPACITY = 1_024;
const MAX_LOAD = 0.5;

/**
 * The set of states seen, each a row of small numbers, numbered in the order in which they were added. Rows are compared whole: two
 * states are never taken for one because their hashes are the same.
 */
export class StateTable {
  readonly #width: number;
  #rows: Int32Array;
  /** Open addressing: a row's number + 1, or 0. */
  #slots = new Int32Array(FIRST_CAPACITY * 2);
  #size = 0;

  constructor(width: number) {
    this.#width = width;
    this.#rows = new Int32Array(FIRST_CAPACITY * width);
  }

  get size(): number {
    return this.#size;
  }

  /** Of the row, or -1. */
  find(row: readonly number[]): number {
    return (this.#slots[this.#slotOf(row)] ?? 0) - 1;
  }

  /** The row's number; it must not be there. */
  add(row: readonly number[]): number {
    if ((this.#size + 1) * this.#width > this.#rows.length) this.#growRows();
    if (this.#size + 1 > this.#slots.length * MAX_LOAD) this.#growSlots();
    const number = this.#size;
    this.#slots[this.#slotOf(row)] = number + 1;
    this.#rows.set(row, number * this.#width);
    this.#size += 1;
    return number;
  }

  row(number: number): readonly number[] {
    const row: number[] = [];
    for (let at = number * this.#width; row.length < this.#width; at += 1) row.push(this.#rows[at] ?? 0);
    return row;
  }

  #slotOf(row: ArrayLike<number>): number {
    const mask = this.#slots.length - 1;
    for (let slot = hashOf(row) & mask; ; slot = (slot + 1) & mask) {
      const number = (this.#slots[slot] ?? 0) - 1;
      if (number === -1 || this.#isRow(number, row)) return slot;
    }
  }

  #isRow(number: number, row: ArrayLike<number>): boolean {
    const start = number * this.#width;
    for (let column = 0; column < this.#width; column += 1) {
      if (this.#rows[start + column] !== row[column]) return false;
    }
    return true;
  }

  #growRows(): void {
    const rows = new Int32Array(this.#rows.length * 2);
    rows.set(this.#rows);
    this.#rows = rows;
  }

  #growSlots(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (let number = 0; number < this.#size; number += 1) {
      this.#slots[this.#slotOf(this.row(number))] = number + 1;
    }
  }
}

/** FNV-1a over the numbers, mixed once more since tables use the low bits. */
function hashOf(row: ArrayLike<number>): number {
  let hash = 0x811c9dc5;
  for (let column = 0; column < row.length; column += 1) hash = Math.imul(hash ^ (row[column] ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}
