import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../bootstrap/workspace.mjs';
import { commandScript, runNode } from './run-command.ts';
import type { Tally } from './stage.ts';

/** The part of vitest's JSON report that we count. */
export interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/** Runs one project of vitest.config.ts. */
export async function runVitest(project: string, filters: readonly string[]): Promise<Tally> {
  const file = join(root, '.cache', `vitest-${project}.json`);
  mkdirSync(dirname(file), { recursive: true });
  rmSync(file, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const exitCode = await runNode([
    commandScript('vitest', 'vitest'),
    'run',
    '--project',
    project,
    ...reporters,
    ...filters,
  ]);
  const report: VitestReport | undefined = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  return tallyOf(report, exitCode);
}

/** A file that does not load has no tests, and an unhandled error belongs to none: both count as one failure. */
export function tallyOf(report: VitestReport | undefined, exitCode: number): Tally {
  const files = report?.testResults ?? [];
  const unloaded = files.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
  ).length;
  const failed = (report?.numFailedTests ?? 0) + unloaded;
  return {
    passed: report?.numPassedTests ?? 0,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0),
  };
}
