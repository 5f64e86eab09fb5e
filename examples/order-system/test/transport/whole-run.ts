import { expect } from 'vitest';
import { ProgramUnderTest, reportOf } from '../run-program.ts';

export interface WholeRun {
  readonly transport: string;
  /** Where its broker is. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether what the relay publishes again arrives again. */
  readonly duplicatesArrive: boolean;
}

/** Runs the program over a transport, with both faults, and expects every invariant to hold. */
export async function expectWholeRun({ transport, env, duplicatesArrive }: WholeRun): Promise<void> {
  const finished = await new ProgramUnderTest(['--json', '--transport', transport, '--count', '100'], env).result;
  const report = reportOf(finished);
  expect(report.invariants.filter(({ ok }) => !ok)).toEqual([]);
  expect(report).toMatchObject({ accepted: 100, ok: true });
  expect(finished.code).toBe(0);
  expect(finished.stderr).toMatch(/transport DOWN.*transport UP.*kill -9.*relay 2 takes over/s);
  const disturbed = report.invariants.find(({ name }) => name === 'the run was disturbed')?.detail;
  expect(disturbed).toMatch(/[1-9]\d* messages sent again/);
  if (duplicatesArrive) expect(disturbed).toMatch(/[1-9]\d* duplicates arrived/);
}
