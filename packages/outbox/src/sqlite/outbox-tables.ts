import type { TableNames } from '@holdfast/sql';

/** Qualified, quoted names of everything that the outbox has in SQLite. */
export interface OutboxTables {
  readonly log: string;
  readonly lane: string;
  readonly destination: string;
  readonly delayed: string;
  readonly parked: string;
  /** The last number of each stream and key. */
  readonly numbers: string;
  /** SQLite's own table of the highest row id that every `autoincrement` table has given out. */
  readonly sequence: string;
  /** The log's name in {@link OutboxTables.sequence}, as a value. */
  readonly sequenceName: string;
}

export function outboxTables(names: TableNames): OutboxTables {
  return {
    log: names.table('outbox_log'),
    lane: names.table('outbox_lane'),
    destination: names.table('outbox_destination'),
    delayed: names.table('outbox_delayed'),
    parked: names.table('outbox_parked'),
    numbers: names.table('outbox_sequence'),
    sequence: names.schema === undefined ? 'sqlite_sequence' : `"${names.schema}".sqlite_sequence`,
    sequenceName: names.unquoted('outbox_log'),
  };
}

export { SQLITE_NOW as NOW } from '@holdfast/sql';
