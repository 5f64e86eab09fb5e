import type { TableNames } from '@holdfast/sql';

/** Qualified, quoted names of everything that the queues have in PostgreSQL. */
export interface QueueObjects {
  readonly queue: string;
  readonly binding: string;
  readonly message: string;
  readonly claim: string;
  readonly publishFunction: string;
  readonly pullFunction: string;
  readonly ackFunction: string;
  readonly moveFunction: string;
  readonly deadLetterFunction: string;
  /** First halves of the advisory locks, whose second half is the id of a queue. */
  readonly publishLock: number;
  readonly pullLock: number;
}

export function queueObjects(names: TableNames): QueueObjects {
  return {
    queue: names.table('queue'),
    binding: names.table('queue_binding'),
    message: names.table('queue_message'),
    claim: names.table('queue_claim'),
    publishFunction: names.table('queue_publish'),
    pullFunction: names.table('queue_pull'),
    ackFunction: names.table('queue_ack'),
    moveFunction: names.table('queue_move'),
    deadLetterFunction: names.table('queue_dead_letter'),
    publishLock: lockClass(`publish ${names.table('queue')}`),
    pullLock: lockClass(`pull ${names.table('queue')}`),
  };
}

/** So that the queues of two schemas do not wait for each other. FNV-1a (Fowler, Noll, Vo), 32 bit, signed. */
function lockClass(text: string): number {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return hash | 0;
}
