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

export { SQLITE_NOW as NOW } from '@holdfast/sql';

/** Of a claim that is never due. */
export const NEVER = 9_007_199_254_740_991;

/** A name that is never given again, and that is an integer in JavaScript. */
export const newClaim = 'abs(random() % 9007199254740992)';
