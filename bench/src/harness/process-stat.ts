/** The part of `/proc/<pid>/stat` that we use (proc_pid_stat(5)). Times in clock ticks. */
export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  /** User and system time of the process. */
  readonly ticks: number;
  /** The same of its children that have ended and were waited for. */
  readonly endedChildrenTicks: number;
}

/** Linux reports in hundredths of a second on every platform that Node runs on. */
export const TICKS_PER_SECOND = 100;

/** @throws TypeError for text that is not of that file */
export function parseProcessStat(text: string): ProcessStat {
  // The name stands in parentheses and may itself hold spaces and parentheses, so the last one counts.
  const end = text.lastIndexOf(')');
  const fields = text
    .slice(end + 1)
    .trim()
    .split(/\s+/);
  const field = (number: number) => Number(fields[number - 3]);
  const stat = {
    pid: Number.parseInt(text, 10),
    parent: field(4),
    ticks: field(14) + field(15),
    endedChildrenTicks: field(16) + field(17),
  };
  if (end < 0 || Object.values(stat).some((value) => !Number.isFinite(value))) {
    throw new TypeError(`not the stat of a process: "${text.slice(0, 80)}"`);
  }
  return stat;
}
