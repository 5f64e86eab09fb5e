import type { DialectName, SqlExecutor, SqlResult, SqlStatement, SyncSqlExecutor } from '@holdfast/sql';

/**
 * Runs single statements, each committed when it returns: a {@link PgTransactionRunner} or {@link PgDatabase}, a
 * {@link KyselyTransactionRunner}, a {@link BetterSqlite3TransactionRunner} or {@link BetterSqlite3Database}. Never a transaction.
 */
export type EffectDatabase = (SqlExecutor | SyncSqlExecutor) & { readonly dialect: DialectName };

/** The database as the stores use it. */
export function effectExecutor(database: EffectDatabase): SqlExecutor {
  return 'execute' in database ? database : new SyncEffectExecutor(database);
}

class SyncEffectExecutor implements SqlExecutor {
  readonly #database: SyncSqlExecutor;

  constructor(database: SyncSqlExecutor) {
    this.#database = database;
  }

  async execute(statement: SqlStatement): Promise<SqlResult> {
    return this.#database.executeSync(statement);
  }
}
