import { expect, test } from 'vitest';
import { closingLine, isSuccess } from '../verify/closing-line.ts';

const tally = (passed: number, failed = 0, skipped = 0) => ({ passed, failed, skipped });

test('the closing line sums all stages', () => {
  expect(closingLine([tally(3), tally(4, 1)])).toBe('7 passed, 1 failed');
});

test('skipped tests are named only when there are some', () => {
  expect(closingLine([tally(3, 0, 2)])).toBe('3 passed, 0 failed, 2 skipped');
});

test('a failure, a skipped test and a run without tests all fail', () => {
  expect(isSuccess([tally(3)])).toBe(true);
  expect(isSuccess([tally(3, 1)])).toBe(false);
  expect(isSuccess([tally(3, 0, 1)])).toBe(false);
  expect(isSuccess([tally(0)])).toBe(false);
});
