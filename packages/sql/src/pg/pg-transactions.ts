import { sqlState } from '../errors/classify-postgres-error.ts';
import { NotInTransactionError } from '../errors/not-in-transaction-error.ts';
import type { SqlExecutor, SqlResult, SqlStatement } from '../statement.ts';
import type { TransactionAdapter } from '../transaction-adapter.ts';
import { describeHandle, looksLikePool } from './describe-handle.ts';
import type { PgClientLike, PgQueryResult } from './pg-client.ts';
import { pgQueryConfig } from './pg-query-config.ts';
import { sqlResultOf } from './pg-result.ts';

const remedy = 'run "BEGIN" on a client first and pass that client';

const noActiveTransaction = '25P01';
const inFailedTransaction = '25P02';

/**
 * For a `pg` client on which BEGIN has run: a `Client`, or one from `pool.connect()`. What the server said last about
 * the transaction decides; a client without `getTransactionStatus` (before pg 8.17) asks the server.
 */
export class PgTransactions implements TransactionAdapter<PgClientLike> {
  readonly dialect = 'postgresql';

  executor(tx: PgClientLike): SqlExecutor {
    if (typeof tx !== 'object' || tx === null || looksLikePool(tx) || typeof tx.query !== 'function') {
      throw new NotInTransactionError(describeHandle(tx), remedy);
    }
    const status = tx.getTransactionStatus?.();
    if (status === undefined) {
      return new UncheckedExecutor(tx);
    }
    assertInTransaction(status);
    return new CheckedExecutor(tx);
  }
}

function assertInTransaction(status: 'I' | 'T' | 'E' | null): void {
  if (status === 'E') {
    throw new NotInTransactionError(
      'a pg client whose transaction has failed',
      'run "ROLLBACK" on it; nothing of that transaction can be committed any more',
    );
  }
  if (status !== 'T') {
    throw new NotInTransactionError('a pg client outside of a transaction', remedy);
  }
}

class CheckedExecutor implements SqlExecutor {
  readonly #client: PgClientLike;

  constructor(client: PgClientLike) {
    this.#client = client;
  }

  async execute(statement: SqlStatement): Promise<SqlResult> {
    const result = await this.#query(statement);
    // A pipelined client may know of a later statement already, so only the plain one can be asked afterwards.
    if (this.#client.pipeline !== true && this.#client.getTransactionStatus?.() === 'I') {
      throw new NotInTransactionError(
        'a pg client whose transaction ended before the statement ran, which has taken effect by itself',
        'await everything before COMMIT',
      );
    }
    return sqlResultOf(result);
  }

  async #query(statement: SqlStatement): Promise<PgQueryResult> {
    try {
      return await this.#client.query(pgQueryConfig(statement));
    } catch (error) {
      // A failed statement rejects before the server tells the new status, which is then one answer behind.
      if (sqlState(error) === inFailedTransaction) {
        assertInTransaction('E');
      }
      throw error;
    }
  }
}

class UncheckedExecutor implements SqlExecutor {
  readonly #client: PgClientLike;

  constructor(client: PgClientLike) {
    this.#client = client;
  }

  async execute(statement: SqlStatement): Promise<SqlResult> {
    await this.#assertInTransaction();
    return sqlResultOf(await this.#client.query(pgQueryConfig(statement)));
  }

  /** Only in a transaction block does the server take a savepoint. */
  async #assertInTransaction(): Promise<void> {
    try {
      await this.#client.query({ text: 'savepoint holdfast_check' });
    } catch (error) {
      switch (sqlState(error)) {
        case noActiveTransaction:
          return assertInTransaction('I');
        case inFailedTransaction:
          return assertInTransaction('E');
        default:
          throw error;
      }
    }
    await this.#client.query({ text: 'release savepoint holdfast_check' });
  }
}
