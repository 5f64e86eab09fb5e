import type { SqlResult, SqlStatement, SyncSqlExecutor } from './statement.ts';

/**
 * A SQLite database as background work uses it: synchronous, so that nothing else on the same connection can slip
 * into a transaction of ours.
 */
export interface SqliteDatabase extends SyncSqlExecutor {
  readonly dialect: 'sqlite';
  executeSync(statement: SqlStatement): SqlResult;
  /**
   * Runs `work` in a BEGIN IMMEDIATE transaction; rolls back and rethrows when it throws. Throws
   * {@link DatabaseBusyError} when another connection holds the write lock longer than the busy timeout.
   */
  transaction<Result>(work: (tx: SyncSqlExecutor) => Result): Result;
}
