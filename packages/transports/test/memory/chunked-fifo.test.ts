import { SeededRandom } from '@holdfast/core/testing';
import { expect, test } from 'vitest';
import { ChunkedFifo } from '../../src/memory/chunked-fifo.ts';

test('it behaves as an array, over many chunks and extractions', () => {
  const random = new SeededRandom(7);
  const fifo = new ChunkedFifo<{ n: number }>();
  let model: { n: number }[] = [];
  for (let n = 0; n < 40_000; n += 1) {
    const action = random.next();
    if (action < 0.55) {
      const item = { n };
      fifo.push(item);
      model.push(item);
    } else if (action < 0.998) {
      expect(fifo.shift()).toBe(model.shift());
    } else {
      const max = random.integer(0, 2_000);
      const divisor = random.integer(1, 3);
      const extracted = fifo.extract(max, (item) => item.n % divisor === 0);
      const expected = model.filter((item) => item.n % divisor === 0).slice(0, max);
      model = model.filter((item) => !expected.includes(item));
      expect(extracted).toEqual(expected);
    }
    expect(fifo.peek()).toBe(model[0]);
    expect(fifo.size).toBe(model.length);
  }
  expect([...fifo]).toEqual(model);
});

test('an item stays first while others come and are extracted behind it', () => {
  const fifo = new ChunkedFifo<{ n: number }>();
  const kept = { n: -1 };
  fifo.push(kept);
  for (let round = 0; round < 5_000; round += 1) {
    fifo.push({ n: round });
    expect(fifo.extract(10, (item) => item !== kept)).toHaveLength(1);
  }
  let looked = 0;
  fifo.extract(1, () => {
    looked += 1;
    return false;
  });
  expect(looked).toBe(1);
  expect(fifo.shift()).toBe(kept);
  expect(fifo.shift()).toBeUndefined();
});
