import { describe, expect, test } from 'vitest';
import { delayStep, MAX_DELAY_MS } from '../../src/amqp/delay-step.ts';

describe('delayStep', () => {
  test.each([
    [1, 10],
    [10, 10],
    [11, 15],
    [101, 150],
    [2_000, 2_000],
    [2_000.1, 3_000],
    [8_001, 10_000],
    [MAX_DELAY_MS, MAX_DELAY_MS],
  ])('%d ms are held back for %d ms', (delayMs, step) => {
    expect(delayStep(delayMs)).toBe(step);
  });

  test('is never shorter than asked for, by at most half longer, and one of few', () => {
    const steps = new Set<number>();
    for (let delayMs = 10; delayMs <= MAX_DELAY_MS; delayMs *= 1.01) {
      const step = delayStep(delayMs);
      steps.add(step);
      expect(step).toBeGreaterThanOrEqual(Math.min(delayMs, MAX_DELAY_MS));
      expect(step).toBeLessThanOrEqual(1.5 * Math.ceil(delayMs));
      expect(delayStep(step)).toBe(step);
    }
    expect(steps.size).toBeLessThan(70);
  });
});
