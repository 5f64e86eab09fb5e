/**
 * A PostgreSQL snapshot as `pg_current_snapshot()` prints it: `xmin:xmax:xip,…`. Transaction ids stay strings; they are
 * compared by the database, never here, but for {@link isAhead}.
 */
export interface Snapshot {
  /** All transactions below it have ended. */
  readonly xmin: string;
  /** All transactions from it on had not ended. */
  readonly xmax: string;
  /** Transactions between the two that had not ended. */
  readonly running: readonly string[];
}

/** The snapshot that sees nothing: 3 is the first transaction id that PostgreSQL ever gives out. */
export const NOTHING_SEEN = '3:3:';

export function parseSnapshot(text: string): Snapshot {
  const [xmin, xmax, running] = text.split(':');
  if (!xmin || !xmax || running === undefined) throw new TypeError(`not a snapshot: "${text.slice(0, 80)}"`);
  return { xmin, xmax, running: running === '' ? [] : running.split(',') };
}

/** Whether `a` was taken at a later transaction id than `b`; then `a` cannot belong to the past of a database that is at `b`. */
export function isAhead(a: Snapshot, b: Snapshot): boolean {
  return BigInt(a.xmax) > BigInt(b.xmax);
}
