import type { SqlExecutor, SqlResult, SqlStatement } from '@holdfast/sql';
import type pg from 'pg';

/** Keeps what a store runs, to look at its plans afterwards, on the one connection of a pool. */
export class RecordedStatements implements SqlExecutor {
  readonly statements = new Map<string, SqlStatement>();
  readonly #inner: SqlExecutor;

  constructor(inner: SqlExecutor) {
    this.#inner = inner;
  }

  execute(statement: SqlStatement): Promise<SqlResult> {
    this.statements.set(statement.name ?? statement.text, statement);
    return this.#inner.execute(statement);
  }

  /** The plans as text by the statements' names. Of a prepared statement, the plan that the connection has kept for it. */
  async plans(pool: pg.Pool): Promise<ReadonlyMap<string, string>> {
    const plans = new Map<string, string>();
    for (const [key, { name, text, values }] of this.statements) {
      const { rows } =
        name === undefined
          ? await pool.query(`explain (costs off) ${text}`, [...values])
          : await pool.query(`explain (costs off) execute "${name}" (${values.map(literal).join(', ')})`);
      plans.set(key, rows.map((row) => row['QUERY PLAN']).join('\n'));
    }
    return plans;
  }
}

function literal(value: unknown): string {
  if (value === null) return 'null';
  const text = Array.isArray(value) ? `{${value.map((one) => JSON.stringify(one?.toString() ?? null))}}` : `${value}`;
  return `'${text.replaceAll("'", "''")}'`;
}
