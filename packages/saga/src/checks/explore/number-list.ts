/** A growing list of 32-bit integers, for millions of them. */
export class NumberList {
  #numbers = new Int32Array(1_024);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(number: number): void {
    if (this.#size === this.#numbers.length) {
      const numbers = new Int32Array(this.#size * 2);
      numbers.set(this.#numbers);
      this.#numbers = numbers;
    }
    this.#numbers[this.#size] = number;
    this.#size += 1;
  }

  at(index: number): number {
    return this.#numbers[index] ?? 0;
  }

  between(start: number, end: number): readonly number[] {
    return [...this.#numbers.subarray(start, end)];
  }
}
