import { describe, expect, test } from 'vitest';
import type { FailedRun } from '../../src/report/failed-run.ts';
import { failureDiagram, failureReport } from '../../src/report/failure-report.ts';
import { traceOf } from './trace-of.ts';

const events = traceOf(`
  0     process relay-1 started
  0     process payment-1 started
  3.2   io      relay-1 outbox.read m-1 m-11
  7     io      relay-1 bus.publish m-1 m-11
  9.5   note    bus delivered m-11 | to payment-1
  11    fault   payment-1 provider.charge | crash-after at payment-1/provider.charge#2
  30.25 io      payment-1 provider.charge m-1
  30.25 process payment-1 crash-after_provider.charge
  300   fault   tick relay-1 | pause at tick/relay-1#3
  1200  process payment-1 started
  1210  note    bus delivered m-1 | to payment-1, delivery 2
  1290  io      payment-1 provider.charge m-1
  1300  failed  payment-1 ledger.write m-1
`);

const run: FailedRun = {
  title: 'The order flow breaks a rule',
  seed: 4_711,
  replay: "simulate({ …, replay: './fails/orders-1.json' })",
  problems: [{ check: 'each effect happens once', message: 'took effect more than once: "m-1" 2 times' }],
  faults: [
    { at: 'payment-1/provider.charge#2', kind: 'crash-after' },
    { at: 'tick/relay-1#3', kind: 'pause', ms: 31_000 },
  ],
  events,
  seeAlso: ['The plan is saved in ./fails/orders-1.json'],
};

test('a report tells what is not so, by which faults, how to see it again, and what happened to whom', async () => {
  await expect(`${failureReport(run)}\n\n${failureDiagram(run)}\n`).toMatchFileSnapshot('./order-flow.golden.txt');
});

test('a report is made of its run and nothing else', () => {
  expect(failureReport(run)).toBe(failureReport(structuredClone(run)));
});

describe('the message in question', () => {
  const lifeOf = (message: string) => {
    const report = failureReport({ ...run, problems: [{ check: 'a rule', message }] });
    return /Life of message "(.*)"/.exec(report)?.[1];
  };

  test('is the one that a problem names, not one whose id is a part of another', () => {
    expect(lifeOf('lost: "m-11"')).toBe('m-11');
    expect(lifeOf('lost: "m-1"')).toBe('m-1');
    expect(lifeOf('lost: m-1.')).toBe('m-1');
  });

  test('is the one that the first fault hits when no problem names one', () => {
    expect(lifeOf('money is missing')).toBe('m-1');
  });

  test('is the one given', () => {
    expect(failureReport({ ...run, messages: ['m-11'] })).toContain('Life of message "m-11"');
  });
});

test('a run that fails without any fault says so', () => {
  expect(failureReport({ ...run, faults: [] })).toContain('nothing: it is so without any fault');
});

test('a report without recorded events has no empty parts', () => {
  const report = failureReport({ ...run, events: [] });
  expect(report).not.toContain('What each process did');
  expect(report).not.toContain('Life of');
});

test('long lists are cut with a count, however much went wrong', () => {
  const problems = Array.from({ length: 500 }, (_, index) => ({
    check: 'a rule',
    message: `o-${index} ${'x'.repeat(9_000)}`,
  }));
  const faults = Array.from({ length: 500 }, (_, index) => ({ at: `a/b.c#${index + 1}`, kind: 'kill' as const }));
  const many = Array.from({ length: 20 }, () => events).flat();
  const report = failureReport({ ...run, problems, faults, events: many });
  expect(report).toContain('and 490 more');
  expect(report).toContain('and 480 more');
  expect(report.length).toBeLessThan(40_000);
});
