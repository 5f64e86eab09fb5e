import { oneOfOption } from '@holdfast/core';
import { NotInTransactionError } from '../errors/not-in-transaction-error.ts';
import type { SqlExecutor } from '../statement.ts';
import type { DialectName, TransactionAdapter } from '../transaction-adapter.ts';
import { endedTransactionError, KyselyExecutor, type KyselyQueryRunner } from './kysely-executor.ts';

/** The part of Kysely's `Transaction<Database>` that we use, for any `Database`; a plain `Kysely` does not fit. */
export interface KyselyTransactionLike {
  readonly isTransaction: true;
  withoutPlugins(): KyselyQueryRunner;
}

export interface KyselyTransactionsOptions {
  /** What the Kysely instance speaks. It cannot be asked. */
  readonly dialect: DialectName;
}

/**
 * For Kysely transactions: `db.transaction().execute(async (tx) => …)` and `db.startTransaction()`. Statements run
 * without the instance's plugins, which may rename what ours return, and are not prepared under a name. On SQLite
 * integers arrive as the user's handle gives them; bind numbers, bigint, strings, Uint8Array and null only.
 */
export class KyselyTransactions implements TransactionAdapter<KyselyTransactionLike> {
  readonly dialect: DialectName;

  constructor({ dialect }: KyselyTransactionsOptions) {
    this.dialect = oneOfOption('dialect', dialect, { allowed: ['postgresql', 'sqlite'] });
  }

  executor(tx: KyselyTransactionLike): SqlExecutor {
    assertInTransaction(tx);
    return new KyselyExecutor(tx.withoutPlugins(), this.dialect);
  }
}

function assertInTransaction(tx: KyselyTransactionLike): void {
  // Callers without types pass anything.
  const handle:
    | Partial<Record<'isTransaction' | 'isCommitted' | 'isRolledBack' | 'withoutPlugins', unknown>>
    | null
    | undefined = tx;
  if (typeof handle?.withoutPlugins !== 'function') {
    throw new NotInTransactionError('something that is not a Kysely transaction', remedy);
  }
  if (handle.isTransaction !== true) {
    throw new NotInTransactionError('a Kysely instance outside of a transaction', remedy);
  }
  if (handle.isCommitted === true || handle.isRolledBack === true) {
    throw endedTransactionError();
  }
}

const remedy = 'pass the "tx" of "db.transaction().execute(async (tx) => …)" or of "db.startTransaction()"';
