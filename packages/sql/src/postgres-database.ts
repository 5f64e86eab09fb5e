import type { SqlExecutor, SqlResult, SqlStatement } from './statement.ts';

/**
 * A PostgreSQL database as background work (relay, migrations, leases) uses it. Every call is bounded in time: a
 * connection that does not answer within the timeout is destroyed, not returned to its pool, and the call rejects
 * with {@link DatabaseTimeoutError}. Nothing relies on session state, so a transaction-pooling proxy works.
 */
export interface PostgresDatabase {
  readonly dialect: 'postgresql';
  /** Runs one statement in a transaction of its own. */
  execute(statement: SqlStatement): Promise<SqlResult>;
  /**
   * Runs `work` in a READ COMMITTED transaction; commits when it resolves, rolls back and rethrows when it rejects.
   * Rejects with {@link CommitUnknownError} when the connection was lost while committing: it may have committed.
   */
  transaction<Result>(work: (tx: SqlExecutor) => Promise<Result>): Promise<Result>;
}
