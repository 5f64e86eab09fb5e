import type { FaultKind } from './fault.ts';

interface Bounds {
  readonly leastMs: number;
  readonly mostMs: number;
}

const SHORT: Bounds = { leastMs: 1, mostMs: 5_000 };
const OUTAGE: Bounds = { leastMs: 20, mostMs: 10_000 };

/** Longer than usual leases at the long end, so that a process wakes with a dead one. */
const durations: Readonly<Partial<Record<FaultKind, Bounds>>> = {
  pause: { leastMs: 10, mostMs: 60_000 },
  'clock-jump': { leastMs: 50, mostMs: 3_600_000 },
  down: OUTAGE,
  partition: OUTAGE,
  duplicate: SHORT,
  reorder: SHORT,
};

/** How long a fault lasts, or how far the clock jumps, in virtual milliseconds: short and long ones alike. Without a value for kinds that are over at once. */
export function drawDurationMs(kind: FaultKind, chance: number): number | undefined {
  const bounds = durations[kind];
  if (bounds === undefined) return undefined;
  if (kind !== 'clock-jump') return between(bounds, chance);
  // One half of the jumps go back.
  return chance < 0.5 ? -between(bounds, chance * 2) : between(bounds, chance * 2 - 1);
}

/** What a sweep tries at each site: lengths that outlast timeouts and leases; a clock jumps both ways. */
export function sweptDurationsMs(kind: FaultKind): readonly (number | undefined)[] {
  if (kind === 'clock-jump') return [-600_000, 600_000];
  if (kind === 'pause') return [60_000];
  return [durations[kind] === undefined ? undefined : 2_000];
}

function between({ leastMs, mostMs }: Bounds, chance: number): number {
  return Math.round(leastMs * (mostMs / leastMs) ** chance);
}
