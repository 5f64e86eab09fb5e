import type { Envelope } from '@holdfast/core';
import { ManualClock } from '@holdfast/core/testing';
import { expect, test } from 'vitest';
import { ProgressReporter } from '../../src/inbox/progress-reporter.ts';
import type { ConsumerProgress, RetentionStore } from '../../src/store/retention-store.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

function reporterWorld() {
  const clock = new ManualClock();
  const reports: ConsumerProgress[] = [];
  const errors: string[] = [];
  const failures: Error[] = [];
  const reporter = new ProgressReporter({
    consumer: 'payment',
    instance: 'one',
    store: {
      async report(_executor: unknown, progress: ConsumerProgress) {
        const failure = failures.shift();
        if (failure !== undefined) throw failure;
        reports.push(progress);
      },
    } as unknown as RetentionStore,
    executor: { execute: () => Promise.reject(new Error('not reached')) },
    maxAgeMs: 90 * DAY,
    clock,
    onError: (error) => errors.push(error),
  });
  return {
    clock,
    reporter,
    errors,
    failures,
    ages: () => reports.map(({ oldestAgeMs }) => oldestAgeMs),
    /** A message that was sent so long ago. */
    aged: (ageMs: number) => sentAt(new Date(clock.now() - ageMs).toISOString()),
  };
}

function sentAt(time: string | undefined): Envelope {
  const attributes = time === undefined ? {} : { time };
  return { id: 'm', source: '/s', type: 't', key: null, attributes, body: new Uint8Array() };
}

test('the first message is reported at once, the oldest of the next ones 10 seconds later, whatever comes in between', async () => {
  const { clock, reporter, ages, aged } = reporterWorld();
  reporter.note(aged(0));
  await clock.settle();
  expect(ages()).toEqual([0]);
  reporter.note(aged(5_000));
  reporter.note(aged(3_000));
  await clock.advance(9_999);
  reporter.note(aged(1_000));
  await clock.settle();
  expect(ages()).toEqual([0]);
  await clock.advance(1);
  reporter.note(aged(1_000));
  await clock.settle();
  expect(ages()).toEqual([0, 15_000]);
});

test('nothing is reported when there were no messages', async () => {
  const { clock, reporter, ages, aged } = reporterWorld();
  await reporter.flush();
  expect(ages()).toEqual([]);
  reporter.note(aged(0));
  await reporter.flush();
  await clock.advance(60 * MINUTE);
  await reporter.flush();
  expect(ages()).toEqual([0]);
});

test('what was noted since the last report is written down at the end', async () => {
  const { reporter, ages, aged } = reporterWorld();
  reporter.note(aged(0));
  reporter.note(aged(7_000));
  await reporter.flush();
  expect(ages()).toEqual([0, 7_000]);
});

test('an old message counts for five to ten minutes: the rest of its backlog may come later', async () => {
  const { clock, reporter, ages, aged } = reporterWorld();
  reporter.note(aged(20 * DAY));
  for (let minute = 1; minute <= 12; minute += 1) {
    await clock.advance(MINUTE);
    reporter.note(aged(0));
    await clock.settle();
  }
  const held = ages().filter((age) => age >= 20 * DAY).length;
  expect(held).toBeGreaterThanOrEqual(5);
  expect(held).toBeLessThanOrEqual(11);
  expect(ages().at(-1)).toBeLessThanOrEqual(10 * MINUTE);
});

test.each([
  ['without a time', undefined],
  ['with a time that is none', 'yesterday'],
  ['from the future', '2999-01-01T00:00:00Z'],
])('a message %s counts as new', async (_, time) => {
  const { reporter, ages } = reporterWorld();
  reporter.note(sentAt(time));
  await reporter.flush();
  expect(ages()).toEqual([0]);
});

test('a message from an absurd past counts as 90 days old', async () => {
  const { reporter, ages } = reporterWorld();
  reporter.note(sentAt('0001-01-01T00:00:00Z'));
  await reporter.flush();
  expect(ages()).toEqual([90 * DAY]);
});

test('a report that failed is made up for, and its error is told without credentials', async () => {
  const { clock, reporter, ages, aged, errors, failures } = reporterWorld();
  failures.push(new Error('connect postgres://user:secret@db failed'));
  reporter.note(aged(9_000));
  await clock.settle();
  expect(errors).toHaveLength(1);
  expect(errors[0]).not.toContain('secret');
  await reporter.flush();
  expect(ages()).toEqual([9_000]);
});

test('a flush waits for the report on its way, and reports what came meanwhile', async () => {
  const { reporter, ages, aged } = reporterWorld();
  reporter.note(aged(1_000));
  reporter.note(aged(2_000));
  await Promise.all([reporter.flush(), reporter.flush()]);
  expect(ages().at(-1)).toBe(2_000);
});
