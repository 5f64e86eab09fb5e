import type { TableNames } from '@holdfast/sql';

/** The inbox's tables, quoted, on both databases. */
export interface InboxTables {
  readonly record: string;
  readonly attempt: string;
  readonly progress: string;
  readonly sequence: string;
  readonly parked: string;
}

export function inboxTables(names: TableNames): InboxTables {
  return {
    record: names.table('inbox'),
    attempt: names.table('inbox_attempt'),
    progress: names.table('inbox_progress'),
    sequence: names.table('inbox_sequence'),
    parked: names.table('inbox_parked'),
  };
}
