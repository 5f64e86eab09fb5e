import { BoundedMap } from '../bounded-map.ts';
import { DatabaseBusyError } from '../errors/database-busy-error.ts';
import { isSqliteBusy } from '../errors/is-sqlite-busy.ts';
import {
  longestKeptText,
  type PositionalStatement,
  positionalStatement,
  positionalValues,
} from '../sqlite-placeholders.ts';
import type { SqlResult, SqlRow, SqlStatement } from '../statement.ts';
import { statementSummary } from '../statement-summary.ts';
import type { BetterSqlite3DatabaseLike, BetterSqlite3StatementLike } from './database-like.ts';

interface CachedStatement {
  readonly prepared: BetterSqlite3StatementLike;
  readonly positional: PositionalStatement;
}

/** Enough for every statement of ours; more are prepared again rather than kept. */
const limit = 100;

/**
 * Our prepared statements of one handle. They return integers as bigint, exactly, by a setting of the statement: the
 * handle, and with it what the user's own statements return, stays as it is.
 */
export class StatementCache {
  readonly #db: BetterSqlite3DatabaseLike;
  readonly #statements = new BoundedMap<string, CachedStatement>(limit);

  constructor(db: BetterSqlite3DatabaseLike) {
    this.#db = db;
  }

  run(statement: SqlStatement): SqlResult {
    try {
      const { prepared, positional } = this.#statement(statement.text);
      const values = positionalValues(positional, statement.values);
      if (prepared.reader) {
        const rows = prepared.all(values) as SqlRow[];
        return { rows, rowCount: rows.length };
      }
      return { rows: [], rowCount: Number(prepared.run(values).changes) };
    } catch (error) {
      throw isSqliteBusy(error) ? new DatabaseBusyError(statementSummary(statement.text), { cause: error }) : error;
    }
  }

  #statement(text: string): CachedStatement {
    const found = this.#statements.get(text);
    if (found !== undefined) {
      return found;
    }
    const positional = positionalStatement(text);
    const prepared = this.#db.prepare(positional.text);
    if (prepared.reader) {
      prepared.safeIntegers(true);
    }
    const statement = { prepared, positional };
    if (text.length <= longestKeptText) {
      this.#statements.set(text, statement);
    }
    return statement;
  }
}
