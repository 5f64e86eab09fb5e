import { integerOption } from '@holdfast/core';
import type { PostgresDatabase } from '../postgres-database.ts';
import type { SqlExecutor, SqlResult, SqlStatement } from '../statement.ts';
import type { PgPoolLike } from './pg-client.ts';
import { sqlResultOf } from './pg-result.ts';
import { PgSession, type PgSessionTimeouts } from './pg-session.ts';
import { runTransaction } from './run-transaction.ts';

export interface PgDatabaseOptions {
  /** How long one statement may take, COMMIT and ROLLBACK too. @default 30_000 */
  readonly statementTimeoutMs?: number;
  /** How long to wait for a client of the pool. @default 10_000 */
  readonly connectTimeoutMs?: number;
}

const beginStatement: SqlStatement = { text: 'begin isolation level read committed', values: [] };

/**
 * A `pg` pool for background work. Waits are bounded, also on a connection that went silent; such a connection is
 * destroyed. With the pool's option `pipeline: true`, BEGIN travels with the first statement.
 *
 * The pool stays the caller's: it is never closed here, and its owner must listen to its `error` event.
 */
export class PgDatabase implements PostgresDatabase {
  readonly dialect = 'postgresql';
  readonly #pool: PgPoolLike;
  readonly #timeouts: PgSessionTimeouts;

  constructor(pool: PgPoolLike, options: PgDatabaseOptions = {}) {
    this.#pool = pool;
    this.#timeouts = sessionTimeouts(options);
  }

  async execute(statement: SqlStatement): Promise<SqlResult> {
    const session = await PgSession.checkOut(this.#pool, this.#timeouts);
    try {
      return sqlResultOf(await session.query(statement));
    } finally {
      session.release();
    }
  }

  async transaction<Result>(work: (tx: SqlExecutor) => Promise<Result>): Promise<Result> {
    const session = await PgSession.checkOut(this.#pool, this.#timeouts);
    try {
      return await runTransaction(session, { begin: beginStatement, isAwaited: false }, work);
    } finally {
      session.release();
    }
  }
}

/** Checks both options and fills in their defaults. */
export function sessionTimeouts(options: PgDatabaseOptions): PgSessionTimeouts {
  return {
    statementTimeoutMs: integerOption('statementTimeoutMs', options.statementTimeoutMs, { min: 1, default: 30_000 }),
    connectTimeoutMs: integerOption('connectTimeoutMs', options.connectTimeoutMs, { min: 1, default: 10_000 }),
  };
}
