/** What a {@link DeadlineHeap} holds. An item is in one heap at a time; only the heap changes `heapIndex` and `order`. */
export interface DeadlineItem {
  deadline: number;
  order: number;
  heapIndex: number;
}

/** Binary heap by deadline, then by insertion, whose items can be removed from the middle: O(log n) each. */
export class DeadlineHeap<T extends DeadlineItem> {
  readonly #items: T[] = [];
  #orders = 0;

  get size(): number {
    return this.#items.length;
  }

  /** The item with the earliest deadline. */
  peek(): T | undefined {
    return this.#items[0];
  }

  add(item: T): void {
    item.order = this.#orders;
    this.#orders += 1;
    this.#items.push(item);
    this.#rise(item, this.#items.length - 1);
  }

  remove(item: T): void {
    const last = this.#items.pop();
    if (last === undefined || last === item) return;
    const index = item.heapIndex;
    this.#sink(last, index);
    if (last.heapIndex === index) this.#rise(last, index);
  }

  /** Removes and returns the earliest item if its deadline is at or before `time`. */
  popDue(time: number): T | undefined {
    const first = this.#items[0];
    if (first === undefined || first.deadline > time) return undefined;
    this.remove(first);
    return first;
  }

  #rise(item: T, start: number): void {
    let index = start;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = this.#items[above];
      if (parent === undefined || !isBefore(item, parent)) break;
      this.#put(parent, index);
      index = above;
    }
    this.#put(item, index);
  }

  #sink(item: T, start: number): void {
    let index = start;
    for (;;) {
      const child = this.#earlierChild(index);
      if (child === undefined || !isBefore(child, item)) break;
      const below = child.heapIndex;
      this.#put(child, index);
      index = below;
    }
    this.#put(item, index);
  }

  #earlierChild(index: number): T | undefined {
    const left = this.#items[2 * index + 1];
    const right = this.#items[2 * index + 2];
    if (left === undefined || right === undefined) return left;
    return isBefore(right, left) ? right : left;
  }

  #put(item: T, index: number): void {
    this.#items[index] = item;
    item.heapIndex = index;
  }
}

function isBefore(a: DeadlineItem, b: DeadlineItem): boolean {
  return a.deadline < b.deadline || (a.deadline === b.deadline && a.order < b.order);
}
