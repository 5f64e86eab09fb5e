import { describe, expect, test } from 'vitest';
import { KeyFailures } from '../../src/amqp/key-failures.ts';

describe('KeyFailures', () => {
  test('F4.5: concerns what was handed in after the failed message and before its receipt was given', async () => {
    const failures = new KeyFailures();
    failures.fail('k', 10);
    expect([9, 10, 11, 500].map((number) => failures.concerns('k', number))).toEqual([false, false, true, true]);
    expect(failures.concerns('other', 11)).toBe(false);
    failures.tell(['k'], () => 20);
    expect(failures.concerns('k', 25)).toBe(true);
    await Promise.resolve();
    expect([11, 19, 20, 25].map((number) => failures.concerns('k', number))).toEqual([true, true, false, false]);
  });

  test('several failures of a key are told one by one', async () => {
    const failures = new KeyFailures();
    failures.fail('k', 1);
    failures.fail('k', 2);
    failures.tell(['k'], () => 5);
    await Promise.resolve();
    expect(failures.concerns('k', 7)).toBe(true);
    failures.tell(['k'], () => 9);
    await Promise.resolve();
    expect([8, 9].map((number) => failures.concerns('k', number))).toEqual([true, false]);
  });

  test('forgets what concerns no message any more, and not earlier', async () => {
    const failures = new KeyFailures();
    failures.fail('k', 1);
    failures.forgetBefore(100);
    failures.tell(['k'], () => 50);
    await Promise.resolve();
    failures.forgetBefore(49);
    expect(failures.concerns('k', 30)).toBe(true);
    failures.forgetBefore(50);
    expect(failures.concerns('k', 30)).toBe(false);
  });
});
