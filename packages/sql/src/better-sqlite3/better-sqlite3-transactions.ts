import { NotInTransactionError } from '../errors/not-in-transaction-error.ts';
import type { SqlResult, SqlStatement, SyncSqlExecutor } from '../statement.ts';
import type { SyncTransactionAdapter } from '../transaction-adapter.ts';
import type { BetterSqlite3DatabaseLike } from './database-like.ts';
import { StatementCache } from './statement-cache.ts';

const remedy = 'call it inside of "db.transaction(() => …)", or after "BEGIN"';

/** For a better-sqlite3 handle with an open transaction. Every statement checks that it is still open. */
export class BetterSqlite3Transactions implements SyncTransactionAdapter<BetterSqlite3DatabaseLike> {
  readonly dialect = 'sqlite';
  readonly #executors = new WeakMap<BetterSqlite3DatabaseLike, HandleExecutor>();

  executor(tx: BetterSqlite3DatabaseLike): SyncSqlExecutor {
    assertInTransaction(tx);
    let executor = this.#executors.get(tx);
    if (executor === undefined) {
      executor = new HandleExecutor(tx);
      this.#executors.set(tx, executor);
    }
    return executor;
  }
}

class HandleExecutor implements SyncSqlExecutor {
  readonly #db: BetterSqlite3DatabaseLike;
  readonly #statements: StatementCache;

  constructor(db: BetterSqlite3DatabaseLike) {
    this.#db = db;
    this.#statements = new StatementCache(db);
  }

  executeSync(statement: SqlStatement): SqlResult {
    assertInTransaction(this.#db);
    return this.#statements.run(statement);
  }
}

function assertInTransaction(db: BetterSqlite3DatabaseLike): void {
  if (typeof db?.prepare !== 'function') {
    throw new NotInTransactionError('something that is not a better-sqlite3 handle', remedy);
  }
  if (!db.inTransaction) {
    throw new NotInTransactionError('a better-sqlite3 handle outside of a transaction', remedy);
  }
}
