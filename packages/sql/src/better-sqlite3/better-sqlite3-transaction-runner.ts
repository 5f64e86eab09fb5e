import { type Clock, integerOption, SystemClock } from '@holdfast/core';
import { NestedTransactionError } from '../errors/nested-transaction-error.ts';
import { NotInTransactionError } from '../errors/not-in-transaction-error.ts';
import { TransactionAbortedError } from '../errors/transaction-aborted-error.ts';
import type { SqlExecutor, SqlResult, SqlStatement } from '../statement.ts';
import type { TransactionRunner } from '../transaction-runner.ts';
import { WorkContext } from '../work-context.ts';
import type { BetterSqlite3DatabaseLike } from './database-like.ts';
import { OpenWork } from './open-work.ts';
import { StatementCache } from './statement-cache.ts';
import { TurnQueue } from './turn-queue.ts';

export interface BetterSqlite3TransactionRunnerOptions {
  /** How long a transaction or a statement waits for those that asked before it. @default 10_000 */
  readonly connectTimeoutMs?: number;
  readonly clock?: Clock;
}

const beginStatement: SqlStatement = { text: 'begin immediate', values: [] };
const commitStatement: SqlStatement = { text: 'commit', values: [] };
const rollbackStatement: SqlStatement = { text: 'rollback', values: [] };

/**
 * Runs transactions with asynchronous work on a better-sqlite3 handle: one at a time, in the order of the calls,
 * `execute` too. The handle must be the runner's alone (it stays the caller's to close): whatever else runs on it
 * while a work waits is in that work's transaction.
 *
 * A work should wait for nothing but its own statements: it holds the write lock of the file from BEGIN IMMEDIATE on.
 * Inside of it `transaction` and `execute` throw {@link ReentrantTransactionError}, which would wait for themselves.
 */
export class BetterSqlite3TransactionRunner<Handle extends BetterSqlite3DatabaseLike = BetterSqlite3DatabaseLike>
  implements TransactionRunner<Handle>
{
  readonly dialect = 'sqlite';
  readonly #db: Handle;
  readonly #statements: StatementCache;
  readonly #queue: TurnQueue;
  readonly #context = new WorkContext<OpenWork>();

  constructor(db: Handle, options: BetterSqlite3TransactionRunnerOptions = {}) {
    const { connectTimeoutMs, clock = new SystemClock() } = options;
    this.#db = db;
    this.#statements = new StatementCache(db);
    this.#queue = new TurnQueue({
      timeoutMs: integerOption('connectTimeoutMs', connectTimeoutMs, { min: 1, default: 10_000 }),
      clock,
    });
  }

  async transaction<Result>(work: (tx: Handle) => Promise<Result>): Promise<Result> {
    this.#context.assertOutside('transaction');
    return this.#queue.run(() => this.#run(work));
  }

  async execute(statement: SqlStatement): Promise<SqlResult> {
    this.#context.assertOutside('execute');
    return this.#queue.run(() => {
      this.#assertNoTransaction();
      return this.#statements.run(statement);
    });
  }

  /** Only for the handle, and only for code that runs inside of the work of a transaction. */
  executor(tx: Handle): SqlExecutor {
    if (tx !== this.#db) {
      throw new NotInTransactionError('something that is not the handle of this runner', remedy);
    }
    const work = this.#context.current;
    if (work === undefined) {
      throw new NotInTransactionError('a better-sqlite3 handle outside of the work of a transaction', remedy);
    }
    work.assertOpen();
    return work;
  }

  async #run<Result>(work: (tx: Handle) => Promise<Result>): Promise<Result> {
    this.#assertNoTransaction();
    this.#statements.run(beginStatement);
    const open = new OpenWork(this.#db, this.#statements);
    try {
      const result = await this.#context.run(open, () => work(this.#db));
      open.end();
      this.#commit(open);
      return result;
    } catch (error) {
      open.end();
      this.#rollBack();
      throw error;
    }
  }

  #commit(open: OpenWork): void {
    // Some failures, a full disk for one, roll back by themselves, and the work may have swallowed their error.
    if (!this.#db.inTransaction) {
      throw new TransactionAbortedError({ cause: open.firstError });
    }
    this.#statements.run(commitStatement);
  }

  #rollBack(): void {
    if (!this.#db.inTransaction) {
      return;
    }
    try {
      this.#statements.run(rollbackStatement);
    } catch {
      // The caller learns why its work failed. A handle that is still in a transaction is refused to the next one.
    }
  }

  #assertNoTransaction(): void {
    if (this.#db.inTransaction) {
      throw new NestedTransactionError();
    }
  }
}

const remedy = 'pass the "tx" that the work was given, inside of the work';
