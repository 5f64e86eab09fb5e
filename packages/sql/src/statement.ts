/** One SQL statement with its parameters. Strings never carry values; names come from {@link TableNames}. */
export interface SqlStatement {
  /** With `$1 … $n` placeholders on PostgreSQL and `?1 … ?n` on SQLite. */
  readonly text: string;
  readonly values: readonly unknown[];
  /** Prepares the statement under this name once per connection (PostgreSQL). Leave out to plan it for its values. */
  readonly name?: string;
}

export type SqlRow = Readonly<Record<string, unknown>>;

export interface SqlResult {
  readonly rows: readonly SqlRow[];
  /** Rows returned, or changed when the statement returns none. */
  readonly rowCount: number;
}

/** Runs statements one after another where it stands: in a transaction, or each on its own. */
export interface SqlExecutor {
  execute(statement: SqlStatement): Promise<SqlResult>;
}

/** The same without waiting, for SQLite. */
export interface SyncSqlExecutor {
  executeSync(statement: SqlStatement): SqlResult;
}
