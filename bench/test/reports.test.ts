import { expect, test } from 'vitest';
import type { BenchContext } from '../src/harness/bench-row.ts';
import { formatNumber } from '../src/harness/format-figure.ts';
import { type Line, verdictOf } from '../src/harness/line.ts';
import { markdownReport, withTable } from '../src/harness/markdown-report.ts';
import { runSuite } from '../src/harness/run-suite.ts';
import { textReport } from '../src/harness/text-report.ts';

const line: Line = {
  what: 'relay',
  value: 123_456.7,
  unit: 'msg/s',
  spread: 0.021,
  nodeMicros: 7.12,
  checks: [{ of: '× raw', value: 0.934, spread: 0.01, target: { least: 0.9 } }],
};

test('a target is reached at its limit, on the right side', () => {
  expect(verdictOf({ of: '', value: 0.9, target: { least: 0.9 } })).toBe('pass');
  expect(verdictOf({ of: '', value: 0.89, target: { least: 0.9 } })).toBe('miss');
  expect(verdictOf({ of: '', value: 5.1, target: { most: 5 } })).toBe('miss');
  expect(verdictOf({ of: '', value: 5.1 })).toBe('none');
  expect(verdictOf({ of: '', value: Number.NaN, target: { most: 5 } })).toBe('miss');
});

test('numbers have three figures that count', () => {
  expect([123_456.7, 123.4, 12.34, 1.234, 0.9534, 0.0123, 0].map(formatNumber)).toEqual([
    '123,457',
    '123',
    '12.3',
    '1.23',
    '0.953',
    '0.012',
    '0.00',
  ]);
});

test('a report shows the figure, its spread, and whether the target was reached', () => {
  const report = {
    name: 'relay',
    title: 'rate',
    server: 'RabbitMQ',
    seconds: 1,
    lines: [{ ...line, serverMicros: 48 }],
  };
  expect(textReport(report)).toContain('123,457 msg/s  ±2 %  Node 7.12 µs  RabbitMQ 48.0 µs');
  expect(textReport(report)).toContain('0.934 × raw ±1 %, target ≥ 0.9: pass');
  expect(markdownReport([report])).toContain('| RabbitMQ µs |');
  expect(markdownReport([report])).toContain('| relay | 123,457 msg/s ±2 % | 7.12 | 48.0 | 0.934 × raw');
});

test('a table replaces the one between the marks, and nothing else', () => {
  const document = 'before\n<!-- bench:outbox -->\nold\n<!-- /bench:outbox -->\nafter\n';
  const written = withTable(document, 'outbox', 'new');
  expect(written).toBe('before\n<!-- bench:outbox -->\n\nnew\n<!-- /bench:outbox -->\nafter\n');
  expect(withTable(written, 'outbox', 'new')).toBe(written);
  expect(() => withTable(document, 'saga', 'new')).toThrow('bench:saga');
});

test('only the rows that are asked for run, and a name that no row has is refused', async () => {
  const ran: string[] = [];
  const row = (name: string) => ({
    name,
    title: '',
    run: async () => {
      ran.push(name);
      return [line];
    },
  });
  const suite = { name: 'outbox', rows: [row('write'), row('write-many'), row('read')] };
  const context = {} as BenchContext;
  const onFailure = () => {};
  const reports = await runSuite(suite, { context, only: ['write'], judge: true, onFailure });
  expect(reports.map(({ name }) => name)).toEqual(['write', 'write-many']);
  expect(ran).toEqual(['write', 'write-many']);
  expect(reports.map(({ server }) => server)).toEqual(['database', 'database']);
  expect(reports[0]?.lines[0]?.checks[0]?.target).toEqual({ least: 0.9 });
  const unjudged = await runSuite(suite, { context, only: ['read'], judge: false, onFailure });
  expect(unjudged[0]?.lines[0]?.checks[0]).toEqual({ of: '× raw', value: 0.934, spread: 0.01 });
  await expect(runSuite(suite, { context, only: ['size'], judge: true, onFailure })).rejects.toThrow(
    '"size": there are write, write-many, read',
  );
});

test('a row that fails is told, and the rows after it run', async () => {
  const failing = { name: 'write', title: '', run: () => Promise.reject(new Error('no broker')) };
  const working = { name: 'read', title: '', run: async () => [line] };
  const failures: string[] = [];
  const reports = await runSuite(
    { name: 'transports', rows: [failing, working] },
    {
      context: {} as BenchContext,
      only: [],
      judge: true,
      onFailure: (name, error) => failures.push(`${name}: ${(error as Error).message}`),
    },
  );
  expect(failures).toEqual(['write: no broker']);
  expect(reports.map(({ name }) => name)).toEqual(['read']);
});
