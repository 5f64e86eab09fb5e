import { SeededRandom } from '@holdfast/core/testing';
import { expect, test } from 'vitest';
import { DeadlineHeap } from '../../src/timing/deadline-heap.ts';

test('it gives the earliest deadline first, equal ones in the order of insertion, whatever is removed', () => {
  const random = new SeededRandom(11);
  const heap = new DeadlineHeap<{ deadline: number; order: number; heapIndex: number }>();
  const model: { deadline: number; order: number; heapIndex: number }[] = [];
  const byTime = () => model.sort((a, b) => a.deadline - b.deadline || a.order - b.order);
  for (let round = 0; round < 3_000; round += 1) {
    const action = random.next();
    if (action < 0.5 || model.length === 0) {
      const item = { deadline: random.integer(0, 50), order: 0, heapIndex: 0 };
      heap.add(item);
      model.push(item);
    } else if (action < 0.75) {
      const [item] = model.splice(random.integer(0, model.length - 1), 1);
      heap.remove(item!);
    } else {
      const time = random.integer(0, 50);
      const first = byTime()[0]!;
      const isDue = first.deadline <= time;
      expect(heap.popDue(time)).toBe(isDue ? first : undefined);
      if (isDue) model.shift();
    }
    expect(heap.size).toBe(model.length);
    expect(heap.peek()).toBe(byTime()[0]);
  }
});
