/** The part of a better-sqlite3 statement that we use. */
export interface BetterSqlite3StatementLike {
  /** Whether it returns rows. */
  readonly reader: boolean;
  all(values: readonly unknown[]): unknown[];
  run(values: readonly unknown[]): { readonly changes: number | bigint };
  safeIntegers(on: boolean): unknown;
}

/** The part of a better-sqlite3 `Database` that we use. */
export interface BetterSqlite3DatabaseLike {
  readonly inTransaction: boolean;
  readonly open: boolean;
  prepare(text: string): BetterSqlite3StatementLike;
}
