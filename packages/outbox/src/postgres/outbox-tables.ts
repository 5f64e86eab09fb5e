import type { TableNames } from '@holdfast/sql';

/** Qualified, quoted names of everything that the outbox has in PostgreSQL. */
export interface OutboxTables {
  readonly log: string;
  /** The three partitions of the log, by slot. */
  readonly slots: readonly [string, string, string];
  readonly sequence: string;
  readonly lane: string;
  readonly destination: string;
  readonly delayed: string;
  readonly parked: string;
  /** The last number of each stream and key. */
  readonly numbers: string;
}

export function outboxTables(names: TableNames): OutboxTables {
  return {
    log: names.table('outbox_log'),
    slots: [names.table('outbox_log_0'), names.table('outbox_log_1'), names.table('outbox_log_2')],
    sequence: names.table('outbox_position'),
    lane: names.table('outbox_lane'),
    destination: names.table('outbox_destination'),
    delayed: names.table('outbox_delayed'),
    parked: names.table('outbox_parked'),
    numbers: names.table('outbox_sequence'),
  };
}

/**
 * Seed of the commit-order locks, so that two outboxes in one database do not wait for each other's keys.
 * FNV-1a (Fowler, Noll, Vo), 32 bit.
 */
export function lockSeed(names: TableNames): number {
  let hash = 0x811c9dc5;
  for (const char of names.table('outbox_log')) {
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return hash;
}
