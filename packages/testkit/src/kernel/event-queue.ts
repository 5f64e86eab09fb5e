import type { Incarnation } from './incarnation.ts';

/** Something that happens at a moment of virtual time. */
export interface SimulatedEvent {
  at: number;
  /** Decides between events of one moment. */
  readonly order: number;
  /** Whose it is; `null` for the world's own. Events of an incarnation that has ended do not happen. */
  readonly owner: Incarnation | null;
  /** Whether it happens in the owner, and so waits while that is paused. */
  readonly inside: boolean;
  /** What it is, for reports. */
  readonly label: string;
  cancelled: boolean;
  readonly fire: () => void;
}

/** A binary heap by time, then by order. */
export class EventQueue {
  readonly #heap: SimulatedEvent[] = [];

  get first(): SimulatedEvent | undefined {
    return this.#heap[0];
  }

  *[Symbol.iterator](): IterableIterator<SimulatedEvent> {
    yield* this.#heap;
  }

  push(event: SimulatedEvent): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(event);
    while (index > 0) {
      const parent = (index - 1) >>> 1;
      const above = heap[parent] as SimulatedEvent;
      if (!isBefore(event, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = event;
  }

  pop(): SimulatedEvent | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, heap[child] as SimulatedEvent)) child += 1;
      const smaller = heap[child] as SimulatedEvent;
      if (!isBefore(smaller, last)) break;
      heap[index] = smaller;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

function isBefore(a: SimulatedEvent, b: SimulatedEvent): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
