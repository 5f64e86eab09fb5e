import type { PostgresDatabase, SqlExecutor, SqlResult, SqlStatement } from '@holdfast/sql';

/** Counts what reaches a database: statements, and round trips for BEGIN and COMMIT. */
export class CountingDatabase implements PostgresDatabase {
  readonly dialect = 'postgresql';
  readonly #database: PostgresDatabase;
  readonly #counts = new Map<string, number>();

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** How often each statement came, by its beginning. */
  get byStatement(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  reset(): void {
    this.#counts.clear();
  }

  execute(statement: SqlStatement): Promise<SqlResult> {
    this.#count(statement.text);
    return this.#database.execute(statement);
  }

  transaction<Result>(work: (tx: SqlExecutor) => Promise<Result>): Promise<Result> {
    this.#count('begin');
    this.#count('commit');
    return this.#database.transaction((tx) =>
      work({
        execute: (statement) => {
          this.#count(statement.text);
          return tx.execute(statement);
        },
      }),
    );
  }

  #count(text: string): void {
    const start = text.replaceAll(/\s+/g, ' ').slice(0, 60);
    this.#counts.set(start, (this.#counts.get(start) ?? 0) + 1);
  }
}
