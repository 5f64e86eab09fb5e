import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UuidV7Ids } from '../../src/index.ts';
import { ManualClock, SeededRandom } from '../../src/testing/index.ts';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const millisecondOf = (id: string) => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);

test('ids are UUIDs of version 7 that carry the clock’s millisecond', () => {
  const clock = new ManualClock({ now: 0x0190_aabb_ccdd });
  const id = new UuidV7Ids({ clock }).next();
  expect(id).toMatch(UUID_V7);
  expect(millisecondOf(id)).toBe(0x0190_aabb_ccdd);
  expect(millisecondOf(new UuidV7Ids({ clock: new ManualClock({ now: 5 }) }).next())).toBe(5);
});

test('ids increase strictly within one instance', () => {
  const ids = new UuidV7Ids();
  let previous = '';
  for (let count = 0; count < 20_000; count += 1) {
    const id = ids.next();
    expect(id > previous).toBe(true);
    previous = id;
  }
});

test('ids increase and keep their form whatever the clock and chance do', () => {
  const steps = fc.array(fc.integer({ min: -100_000, max: 100_000 }), { minLength: 1, maxLength: 200 });
  const draws = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(steps, draws, (jumps, numbers) => {
      const clock = new ManualClock();
      let drawn = 0;
      const random = { next: () => numbers[drawn++ % numbers.length] ?? 0 };
      const ids = new UuidV7Ids({ clock, random });
      let previous = '';
      for (const jump of jumps) {
        clock.jump(jump);
        const id = ids.next();
        expect(id).toMatch(UUID_V7);
        expect(id > previous).toBe(true);
        previous = id;
      }
    }),
  );
});

test('when the clock goes back, the last millisecond goes on', () => {
  const clock = new ManualClock({ now: 10_000 });
  const ids = new UuidV7Ids({ clock });
  const before = ids.next();
  clock.jump(-5_000);
  const after = ids.next();
  expect(millisecondOf(after)).toBe(10_000);
  expect(after > before).toBe(true);
});

test('more ids than a millisecond has room for go on in the next one', () => {
  const ids = new UuidV7Ids({ clock: new ManualClock({ now: 10_000 }), random: { next: () => 0.999_999_999 } });
  let previous = ids.next();
  let failures = 0;
  for (let count = 0; count < 2 ** 17 + 10; count += 1) {
    const id = ids.next();
    if (id <= previous || !UUID_V7.test(id)) failures += 1;
    previous = id;
  }
  expect(failures).toBe(0);
  expect(millisecondOf(previous)).toBe(10_001);
});

test('two instances in one millisecond make different ids', () => {
  const clock = new ManualClock();
  const [one, other] = [new UuidV7Ids({ clock }), new UuidV7Ids({ clock })];
  const made = new Set<string>();
  for (let count = 0; count < 5_000; count += 1) made.add(one.next()).add(other.next());
  expect(made.size).toBe(10_000);
});

test('with a given clock and chance the ids are the same every time', () => {
  const make = () => new UuidV7Ids({ clock: new ManualClock({ now: 1 }), random: new SeededRandom(7) });
  const [one, other] = [make(), make()];
  for (let count = 0; count < 10; count += 1) expect(one.next()).toBe(other.next());
});
