import type { Tally } from './stage.ts';

/** The last line of a run, for people and programs: `N passed, N failed`, and how many were skipped if any were. */
export function closingLine(tallies: readonly Tally[]): string {
  const { passed, failed, skipped } = total(tallies);
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** A skipped test proves nothing, so it fails the run as well. A run without a single test does too. */
export function isSuccess(tallies: readonly Tally[]): boolean {
  const { passed, failed, skipped } = total(tallies);
  return failed === 0 && skipped === 0 && passed > 0;
}

function total(tallies: readonly Tally[]): Tally {
  const sum = (pick: (tally: Tally) => number): number => tallies.reduce((all, tally) => all + pick(tally), 0);
  return { passed: sum((t) => t.passed), failed: sum((t) => t.failed), skipped: sum((t) => t.skipped) };
}
