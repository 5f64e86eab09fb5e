import { expect, test } from 'vitest';
import type { TraceEvent } from '../../src/kernel/trace.ts';
import { failureReport } from '../../src/report/failure-report.ts';
import { timelineTable } from '../../src/report/timeline-table.ts';

function io(at: number, label: string, messages: readonly string[] = []): TraceEvent {
  return { at, kind: 'io', place: 'stock', life: 1, label, messages, note: '' };
}

/** A process that looks for work all the time, before and after what matters, which is far from the fault. */
const polls = (from: number) => Array.from({ length: 100 }, (_, index) => io(from + index, 'shop.select.log'));
const kill: TraceEvent = { ...io(300, 'kill', []), kind: 'fault', label: 'kill stock#3' };

test('what a process does over and over is shown last, however close to a fault it is', () => {
  const events = [io(1, 'shop.insert.orders'), ...polls(100), kill, ...polls(400), io(900, 'stock.insert.taken')];
  const table = timelineTable(events);
  expect(table).toContain('shop.insert.orders');
  expect(table).toContain('stock.insert.taken');
  expect(table).toContain('shop.select.log');
});

function reportOf(id: string, problem: string): string {
  return failureReport({
    title: 'It failed',
    seed: 1,
    replay: 'again',
    problems: [{ check: 'each effect happens once', message: problem }],
    faults: [],
    events: [io(1, 'bus.pull', [id]), io(2, 'bus.pull', ['another'])],
  });
}

test('the life of a message is shown when its id says what a check names', () => {
  const problem = 'took effect more than once: "o-1" 2 times';
  expect(reportOf('order-o-1', problem)).toContain('Life of message "order-o-1"');
  expect(reportOf('o-1-placed', problem)).toContain('Life of message "o-1-placed"');
  expect(reportOf('order-o-11', problem)).not.toContain('Life of message');
});

test('contradictions to one rule stand below it once', () => {
  const problems = ['one', 'two'].map((message) => ({ check: 'the rule', message }));
  const report = failureReport({ title: 'It failed', seed: 1, replay: 'again', problems, faults: [], events: [] });
  expect(report.match(/not so: the rule/g)).toHaveLength(1);
  expect(report).toContain('one\n          two');
});
