import { describe, expect, test } from 'vitest';
import { PullAhead } from '../../src/amqp/pull-ahead.ts';

const options = { prefetch: 1_000, bufferMs: 200 };

describe('PullAhead', () => {
  test('the broker may send what was asked for, and never more than may be held', () => {
    const ahead = new PullAhead(options);
    expect(ahead.prefetchFor(7, 0)).toBe(7);
    expect(ahead.prefetchFor(2_000, 0)).toBe(1_000);
    expect(ahead.prefetchFor(7, 996)).toBe(4);
    expect(ahead.prefetchFor(7, 1_000)).toBe(0);
  });

  test('pulls that follow each other get more and more ahead, up to what may be held', () => {
    const ahead = new PullAhead(options);
    ahead.end(1_000);
    expect(ahead.growth(10, { max: 10, held: 0, now: 1_050 })).toBe(40);
    expect(ahead.growth(400, { max: 10, held: 10, now: 1_050 })).toBe(990);
    expect(ahead.growth(900, { max: 10, held: 0, now: 1_050 })).toBe(0);
  });

  test('pulls with pauses get nothing ahead', () => {
    const ahead = new PullAhead(options);
    expect(ahead.growth(10, { max: 10, held: 0, now: 0 })).toBe(0);
    ahead.end(1_000);
    expect(ahead.growth(10, { max: 10, held: 0, now: 1_200 })).toBe(0);
  });

  test('what nobody pulls goes back soon, and what waits for long while pulls go on, too', () => {
    const ahead = new PullAhead(options);
    ahead.end(1_000);
    expect(ahead.endsAt(Infinity)).toBe(1_200);
    expect(ahead.endsAt(100)).toBe(1_100);
    ahead.reset();
    expect(ahead.endsAt(Infinity)).toBe(-Infinity);
  });
});
