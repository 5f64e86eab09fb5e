import type { BenchContext, BenchRow, BenchSuite } from './bench-row.ts';
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
  /** Called when a row cannot be measured. The others are, all the same. */
  readonly onFailure: (name: string, error: unknown) => void;
}

/** Runs the rows of a suite one after the other. @throws Error when `only` names none of them */
export async function runSuite(suite: BenchSuite, options: RunSuiteOptions): Promise<readonly RowReport[]> {
  const { context, only, judge, onRow, onBegin, onFailure } = options;
  const rows = suite.rows.filter(({ name }) => only.length === 0 || only.some((start) => name.startsWith(start)));
  if (rows.length === 0) {
    const names = suite.rows.map(({ name }) => name).join(', ');
    throw new Error(`No row of "${suite.name}" is named "${only.join(', ')}": there are ${names}.`);
  }
  const reports: RowReport[] = [];
  for (const row of rows) {
    onBegin?.(row.name);
    try {
      const report = await reportOf(row, context, judge);
      reports.push(report);
      onRow?.(report);
    } catch (error) {
      onFailure(row.name, error);
    }
  }
  return reports;
}

async function reportOf(row: BenchRow, context: BenchContext, judge: boolean): Promise<RowReport> {
  const startedAt = performance.now();
  const lines = await row.run(context);
  const seconds = (performance.now() - startedAt) / 1e3;
  const { name, title, server = 'database' } = row;
  return { name, title, server, seconds, lines: judge ? lines : lines.map(unjudged) };
}

function unjudged(line: Line): Line {
  return { ...line, checks: line.checks.map(({ target: _target, ...check }) => check) };
}
