import type { TableNames } from '@holdfast/sql';

/** Qualified, quoted names of everything that the queues have in SQLite. */
export interface QueueTables {
  readonly queue: string;
  readonly binding: string;
  readonly message: string;
  readonly claim: string;
}

export function queueTables(names: TableNames): QueueTables {
  return {
    queue: names.table('queue'),
    binding: names.table('queue_binding'),
    message: names.table('queue_message'),
    claim: names.table('queue_claim'),
  };
}

/** The database's time in milliseconds since the Unix epoch. One statement sees one time. */
export const NOW = "cast(unixepoch('subsec') * 1000 as integer)";

/** Of a claim that is never due. */
export const NEVER = 9_007_199_254_740_991;

/** A name that is never given again, and that is an integer in JavaScript. */
export const newClaim = 'abs(random() % 9007199254740992)';
