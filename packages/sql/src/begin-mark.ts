import type { SqlExecutor } from './statement.ts';

/**
 * SQL that is true only in a transaction whose BEGIN carried our mark. A pipelined statement is on its way before BEGIN is
 * answered; when BEGIN is refused, it runs by itself. One that must never do that alone has this as its condition. Tells
 * nothing on a server with `default_transaction_deferrable = on`, which `postgresPreflight` warns of.
 */
export const IN_MARKED_TRANSACTION = "current_setting('transaction_deferrable') = 'on'";

/** DEFERRABLE says something to read-only serializable transactions alone; to those that write it is a mark and nothing else. */
export const BEGIN_MARK = ' deferrable';

/** Whether the transaction that the executor runs in was begun with the mark. */
export function isBegunWithMark(executor: SqlExecutor): boolean {
  return 'isMarked' in executor && executor.isMarked === true;
}
