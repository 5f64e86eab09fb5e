import type { BenchContext, BenchSuite } from './bench-row.ts';
import type { Line } from './line.ts';

export interface RowReport {
  readonly name: string;
  readonly title: string;
  readonly server: string;
  readonly seconds: number;
  readonly lines: readonly Line[];
}

export interface RunSuiteOptions {
  readonly context: BenchContext;
  /** Beginnings of the names of the rows to run; all when empty. */
  readonly only: readonly string[];
  /** Whether figures are held against their targets; a quick run says nothing about them. */
  readonly judge: boolean;
  readonly onRow?: (report: RowReport) => void;
  readonly onBegin?: (name: string) => void;
}

/** Runs the rows of a suite one after the other. @throws Error when `only` names none of them */
export async function runSuite(suite: BenchSuite, options: RunSuiteOptions): Promise<readonly RowReport[]> {
  const { context, only, judge, onRow, onBegin } = options;
  const rows = suite.rows.filter(({ name }) => only.length === 0 || only.some((start) => name.startsWith(start)));
  if (rows.length === 0) {
    const names = suite.rows.map(({ name }) => name).join(', ');
    throw new Error(`No row of "${suite.name}" is named "${only.join(', ')}": there are ${names}.`);
  }
  const reports: RowReport[] = [];
  for (const row of rows) {
    onBegin?.(row.name);
    const startedAt = performance.now();
    const lines = await row.run(context);
    const seconds = (performance.now() - startedAt) / 1e3;
    const { name, title, server = 'database' } = row;
    const report = { name, title, server, seconds, lines: judge ? lines : lines.map(unjudged) };
    reports.push(report);
    onRow?.(report);
  }
  return reports;
}

function unjudged(line: Line): Line {
  return { ...line, checks: line.checks.map(({ target: _target, ...check }) => check) };
}
