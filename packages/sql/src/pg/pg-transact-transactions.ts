import { NotInTransactionError } from '../errors/not-in-transaction-error.ts';
import type { SqlExecutor } from '../statement.ts';
import type { TransactionAdapter } from '../transaction-adapter.ts';
import { describeHandle } from './describe-handle.ts';
import { PgTransaction } from './pg-transaction.ts';

/** For transactions of {@link transact}. */
export class PgTransactTransactions implements TransactionAdapter<PgTransaction> {
  readonly dialect = 'postgresql';

  executor(tx: PgTransaction): SqlExecutor {
    if (!(tx instanceof PgTransaction)) {
      throw new NotInTransactionError(describeHandle(tx), 'pass the "tx" that transact() gives to its work');
    }
    if (tx.ended) {
      throw new NotInTransactionError(
        'a transaction that has ended',
        'await everything inside of the work of transact()',
      );
    }
    return tx;
  }
}
