import { readdirSync, readFileSync } from 'node:fs';
import { parseProcessStat, TICKS_PER_SECOND } from './process-stat.ts';

/** Where the kernel shows its processes; another folder in tests. */
export interface ProcFolder {
  readonly path: string;
}

const PROC: ProcFolder = { path: '/proc' };

/**
 * CPU that a process and its children have used, in microseconds: living ones of a single thread to the nanosecond where the
 * kernel tells (`schedstat`), others and ended ones to 10 ms. `null` where there is no /proc, as on macOS.
 */
export function familyCpuMicros(pid: number, proc: ProcFolder = PROC): number | null {
  let total = 0;
  try {
    const parent = parseProcessStat(readFileSync(`${proc.path}/${pid}/stat`, 'utf8'));
    total += (parent.endedChildrenTicks / TICKS_PER_SECOND) * 1e6 + ownMicros(pid, parent.ticks, proc);
  } catch {
    return null;
  }
  for (const name of readdirSync(proc.path)) {
    if (/^\d+$/.test(name)) total += childMicros(Number(name), pid, proc);
  }
  return total;
}

function childMicros(pid: number, parent: number, proc: ProcFolder): number {
  try {
    const stat = parseProcessStat(readFileSync(`${proc.path}/${pid}/stat`, 'utf8'));
    return stat.parent === parent ? ownMicros(pid, stat.ticks, proc) : 0;
  } catch {
    // It ended while we looked; its parent has counted it.
    return 0;
  }
}

/** The statistics are those of one thread; ticks are those of all. */
function ownMicros(pid: number, ticks: number, { path }: ProcFolder): number {
  try {
    if (readdirSync(`${path}/${pid}/task`).length > 1) return (ticks / TICKS_PER_SECOND) * 1e6;
    const nanoseconds = Number(readFileSync(`${path}/${pid}/schedstat`, 'utf8').split(' ')[0]);
    if (Number.isFinite(nanoseconds)) return nanoseconds / 1e3;
  } catch {
    // Kernels without scheduler statistics have no such file.
  }
  return (ticks / TICKS_PER_SECOND) * 1e6;
}
