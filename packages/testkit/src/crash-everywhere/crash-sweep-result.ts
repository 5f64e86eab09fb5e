import type { Fault, FaultKind } from '../faults/fault.ts';
import type { CrashEverywhereResult } from './crash-everywhere-options.ts';
import type { CrashRun } from './crash-run.ts';
import type { SweptSites } from './swept-sites.ts';

export interface CrashSweepFindings {
  readonly calm: CrashRun;
  readonly sites: SweptSites;
  readonly singles: readonly Fault[];
  readonly runs: number;
  readonly pairs: number;
  readonly deliveries: number;
}

/** All runs had the outcome of the one without faults. */
export function crashSweepResult({
  calm,
  sites,
  singles,
  runs,
  pairs,
  deliveries,
}: CrashSweepFindings): CrashEverywhereResult {
  const { points } = sites;
  const { deadLetters } = calm;
  const hints = updateHints(calm, sites);
  const two = pairs === 0 ? '' : `, ${pairs} with two`;
  const dead = deadLetters === 0 ? '' : ` (${deadLetters} of ${calm.messages.length} messages are dead letters)`;
  const line = `${points} I/O points, ${runs} runs with one fault each${two}, ${deliveries} deliveries: the same outcome in all${dead}`;
  const summary = [line, ...hints].join('. ');
  return { points, runs, pairs, deliveries, deadLetters, byKind: countKinds(singles), hints, summary };
}

/** An update that happens twice leaves as many rows. */
function updateHints({ rowCounters, hasOwnCheck }: CrashRun, sites: SweptSites): readonly string[] {
  if (hasOwnCheck) return [];
  return rowCounters.flatMap((part) => {
    const updates = sites.updatesOf(part);
    if (updates.length === 0) return [];
    return [
      `Of "${part}" only rows are counted, so ${updates.join(', ')} may happen twice unseen: give it "figures", or a "check"`,
    ];
  });
}

function countKinds(faults: readonly Fault[]): Partial<Record<FaultKind, number>> {
  const counts: Partial<Record<FaultKind, number>> = {};
  for (const { kind } of faults) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
