import { expect, test } from 'vitest';
import { housekeepingFinding, retentionFinding } from '../../src/inbox/inbox-preflight.ts';

const DAY = 86_400_000;

test('a retention that is shorter than the longest redelivery is refused, with both numbers', () => {
  const finding = retentionFinding(10 * DAY, 14 * DAY);
  expect(finding).toMatchObject({ subject: 'inbox.retentionMs', level: 'refuse' });
  expect(finding.message).toContain(`${10 * DAY} ms`);
  expect(finding.message).toContain(`${14 * DAY} ms`);
});

test.each([14 * DAY, 15 * DAY])(
  'a retention that is as long as the longest redelivery, or longer, is fine',
  (retention) => {
    expect(retentionFinding(retention, 14 * DAY).level).toBe('ok');
  },
);

test('a transport that redelivers without bound is warned of', () => {
  expect(retentionFinding(15 * DAY, 'unbounded').level).toBe('warn');
});

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('a longest redelivery of %d is refused', (longest) => {
  expect(() => retentionFinding(15 * DAY, longest)).toThrow('longestRedeliveryMs');
});

test('records that are long overdue tell that nobody keeps house', () => {
  const stats = { oldestRecordAgeMs: 20 * DAY, lagMs: 3 * DAY, quarantined: 0, parked: 0 };
  expect(housekeepingFinding(15 * DAY, stats)).toMatchObject({ subject: 'inbox.housekeeping', level: 'warn' });
  expect(housekeepingFinding(15 * DAY, { ...stats, lagMs: 5 * DAY }).level).toBe('ok');
  expect(housekeepingFinding(15 * DAY, { ...stats, oldestRecordAgeMs: 0, lagMs: null }).level).toBe('ok');
});
