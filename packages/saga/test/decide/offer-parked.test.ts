import { expect, test } from 'vitest';
import { offerParked } from '../../src/decide/offer-parked.ts';

test('what an event moved is offered to the oldest parked event again', () => {
  const offered: string[] = [];
  let state = 'start';
  const left = offerParked(['needs middle', 'begins middle', 'ignored', 'refused'], (event) => {
    offered.push(event);
    if (event === 'begins middle') {
      state = 'middle';
      return 'moved';
    }
    if (event === 'needs middle') return state === 'middle' ? 'moved' : 'parked';
    return event === 'ignored' ? 'ignored' : 'failed';
  });
  expect(offered).toEqual(['needs middle', 'begins middle', 'needs middle', 'ignored', 'refused']);
  expect(left).toEqual(['refused']);
});
