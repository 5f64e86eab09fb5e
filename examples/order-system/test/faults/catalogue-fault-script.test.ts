import { expect, test } from 'vitest';
import { type CatalogueFaultEvent, CatalogueFaultScript } from '../../src/faults/catalogue-fault-script.ts';

function script(orderCount: number) {
  const switched: boolean[] = [];
  const events: CatalogueFaultEvent[] = [];
  const faults = new CatalogueFaultScript({
    orderCount,
    setAvailable: (available) => switched.push(available),
    onEvent: (event) => events.push(event),
  });
  return { faults, switched, events };
}

test('the product service is away from two fifths of the orders on, for some of them', () => {
  const { faults, switched, events } = script(100);
  for (const count of [0, 39, 40, 42, 43, 44, 100]) faults.placed(count);
  expect(switched).toEqual([false, true]);
  expect(events).toEqual([{ type: 'products-away' }, { type: 'products-back', ordersMeanwhile: 3 }]);
});

test('of few orders it is away for at least one', () => {
  const { faults, events } = script(2);
  for (const count of [0, 1, 2, 2]) faults.placed(count);
  expect(events).toEqual([{ type: 'products-away' }, { type: 'products-back', ordersMeanwhile: 1 }]);
});

test('it is there in the end, also of a run that was cut off, and without orders nothing happens', () => {
  const { faults, switched } = script(100);
  faults.placed(50);
  faults.end();
  faults.placed(60);
  expect(switched).toEqual([false, true]);
  const none = script(0);
  none.faults.placed(0);
  expect(none.events).toEqual([]);
});
