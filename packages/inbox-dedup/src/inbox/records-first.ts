import type { TransactionRunOptions } from '@holdfast/sql';

/** For works that begin with the record: it does nothing where BEGIN was refused, and what follows waits for its answer. */
export const RECORDS_FIRST: TransactionRunOptions = { isGuarded: true };
