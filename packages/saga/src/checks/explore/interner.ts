/** Gives equal values one number, in the order of their first appearance. */
export class Interner<Value> {
  readonly #numbers = new Map<string, number>();
  readonly #values: Value[] = [];

  /** The number of what has this text; `make` is called at its first appearance. */
  numberOf(text: string, make: () => Value): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const value = make();
    const number = this.#values.length;
    this.#numbers.set(text, number);
    this.#values.push(value);
    return number;
  }

  all(): readonly Value[] {
    return this.#values;
  }

  value(number: number): Value {
    return this.#values[number] as Value;
  }
}
