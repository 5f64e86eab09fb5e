const CHUNK_ITEMS = 1024;

interface Chunk<T> {
  readonly items: (T | undefined)[];
  next: Chunk<T> | null;
}

/** First in, first out, at constant cost per item and about 8 bytes each, however long it gets. */
export class ChunkedFifo<T extends object> implements Iterable<T> {
  #head: Chunk<T> = { items: [], next: null };
  #tail: Chunk<T> = this.#head;
  /** Index of the first item in the head chunk. */
  #first = 0;
  #size = 0;
  /** Places from which {@link extract} took an item, not yet passed. */
  #holes = 0;

  get size(): number {
    return this.#size;
  }

  push(item: T): void {
    if (this.#tail.items.length === CHUNK_ITEMS) {
      const chunk = { items: [], next: null };
      this.#tail.next = chunk;
      this.#tail = chunk;
    }
    this.#tail.items.push(item);
    this.#size += 1;
  }

  /** The first item, which stays. */
  peek(): T | undefined {
    if (this.#size === 0) return undefined;
    for (;;) {
      const item = this.#head.items[this.#first];
      if (item !== undefined) return item;
      this.#holes -= 1;
      this.#advance();
    }
  }

  shift(): T | undefined {
    const item = this.peek();
    if (item === undefined) return undefined;
    this.#head.items[this.#first] = undefined;
    this.#size -= 1;
    this.#advance();
    return item;
  }

  /** Takes out the first `max` items that match, wherever they are. Its cost follows the number of items looked at. */
  extract(max: number, matches: (item: T) => boolean): T[] {
    const extracted: T[] = [];
    for (let chunk: Chunk<T> | null = this.#head; chunk !== null && extracted.length < max; chunk = chunk.next) {
      for (let index = 0; index < chunk.items.length && extracted.length < max; index += 1) {
        const item = chunk.items[index];
        if (item === undefined || !matches(item)) continue;
        chunk.items[index] = undefined;
        extracted.push(item);
      }
    }
    this.#size -= extracted.length;
    this.#holes += extracted.length;
    if (this.#holes > this.#size + CHUNK_ITEMS) this.#closeHoles();
    return extracted;
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let chunk: Chunk<T> | null = this.#head; chunk !== null; chunk = chunk.next) {
      for (const item of chunk.items) {
        if (item !== undefined) yield item;
      }
    }
  }

  #closeHoles(): void {
    const items = [...this];
    this.#head = { items: [], next: null };
    this.#tail = this.#head;
    this.#first = 0;
    this.#size = 0;
    this.#holes = 0;
    for (const item of items) this.push(item);
  }

  #advance(): void {
    this.#first += 1;
    if (this.#first < this.#head.items.length) return;
    this.#first = 0;
    if (this.#head.next === null) this.#head.items.length = 0;
    else this.#head = this.#head.next;
  }
}
