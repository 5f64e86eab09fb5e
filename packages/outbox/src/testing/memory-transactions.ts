import { NotInTransactionError } from '@holdfast/sql';
import type { MemoryTransaction } from './memory/memory-transaction.ts';

/** For transactions of a {@link MemoryOutboxStore}. */
export class MemoryTransactions {
  executor(tx: MemoryTransaction): MemoryTransaction {
    if (tx.isOpen) return tx;
    throw new NotInTransactionError('a transaction that has ended', 'begin a new one with "store.begin()"');
  }
}
