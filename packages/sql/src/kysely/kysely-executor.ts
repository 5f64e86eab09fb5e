import { CompiledQuery, type QueryResult } from 'kysely';
import { NotInTransactionError } from '../errors/not-in-transaction-error.ts';
import { positionalStatement, positionalValues } from '../sqlite-placeholders.ts';
import type { SqlExecutor, SqlResult, SqlRow, SqlStatement } from '../statement.ts';
import type { DialectName } from '../transaction-adapter.ts';

export interface KyselyQueryRunner {
  executeQuery(query: CompiledQuery<SqlRow>): Promise<QueryResult<SqlRow>>;
}

/** Runs our statements by a Kysely instance or transaction without plugins. */
export class KyselyExecutor implements SqlExecutor {
  readonly #runner: KyselyQueryRunner;
  readonly #dialect: DialectName;

  constructor(runner: KyselyQueryRunner, dialect: DialectName) {
    this.#runner = runner;
    this.#dialect = dialect;
  }

  async execute(statement: SqlStatement): Promise<SqlResult> {
    try {
      return sqlResultOf(await this.#runner.executeQuery(this.#compiled(statement)));
    } catch (error) {
      // Kysely has no class or code for it.
      throw error instanceof Error && error.message.startsWith('Transaction is already ')
        ? endedTransactionError()
        : error;
    }
  }

  #compiled({ text, values }: SqlStatement): CompiledQuery<SqlRow> {
    if (this.#dialect === 'postgresql') {
      return CompiledQuery.raw(text, [...values]) as CompiledQuery<SqlRow>;
    }
    const positional = positionalStatement(text);
    return CompiledQuery.raw(positional.text, [...positionalValues(positional, values)]) as CompiledQuery<SqlRow>;
  }
}

function sqlResultOf({ rows, numAffectedRows }: QueryResult<SqlRow>): SqlResult {
  return { rows, rowCount: rows.length > 0 ? rows.length : Number(numAffectedRows ?? 0) };
}

export function endedTransactionError(): NotInTransactionError {
  return new NotInTransactionError('a Kysely transaction that has ended', 'await everything before it commits');
}
