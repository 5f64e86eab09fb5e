import { expect, test } from 'vitest';
import { tallyOf, type VitestReport } from '../verify/run-vitest.ts';

const report = (change: Partial<VitestReport>): VitestReport => ({
  numPassedTests: 2,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [],
  ...change,
});

test('tests are counted by outcome; skipped and todo are both skipped', () => {
  const tally = tallyOf(report({ numFailedTests: 1, numPendingTests: 1, numTodoTests: 1 }), 1);
  expect(tally).toEqual({ passed: 2, failed: 1, skipped: 2 });
});

test('a file that does not load counts as one failure', () => {
  const tally = tallyOf(report({ testResults: [{ status: 'failed', assertionResults: [] }] }), 1);
  expect(tally.failed).toBe(1);
});

test('an exit code without a failed test counts as one failure', () => {
  expect(tallyOf(report({}), 1).failed).toBe(1);
});

test('a vitest that writes no report counts as one failure', () => {
  expect(tallyOf(undefined, 1)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});
