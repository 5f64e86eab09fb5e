import { sqlState } from '../errors/classify-postgres-error.ts';
import { CommitUnknownError } from '../errors/commit-unknown-error.ts';
import { DatabaseTimeoutError } from '../errors/database-timeout-error.ts';
import { TransactionAbortedError } from '../errors/transaction-aborted-error.ts';
import type { SqlExecutor, SqlResult, SqlStatement } from '../statement.ts';
import { statementSummary } from '../statement-summary.ts';
import type { DialectName } from '../transaction-adapter.ts';
import type { TransactionRunner } from '../transaction-runner.ts';
import { WorkContext } from '../work-context.ts';
import { KyselyExecutor } from './kysely-executor.ts';
import type { KyselyControlledTransactionLike, KyselyLike } from './kysely-like.ts';
import { KyselyTransactions, type KyselyTransactionsOptions } from './kysely-transactions.ts';
import { KyselyWaits, type KyselyWaitsOptions } from './kysely-waits.ts';
import { KyselyWork } from './kysely-work.ts';

export interface KyselyTransactionRunnerOptions extends KyselyTransactionsOptions, KyselyWaitsOptions {}

const beginStatement: SqlStatement = { text: 'begin immediate', values: [] };
const deferredBeginStatement: SqlStatement = { text: 'begin', values: [] };
const rollbackStatement: SqlStatement = { text: 'rollback', values: [] };

/**
 * Runs controlled transactions of a Kysely instance, which stays the caller's. Needs a Kysely that tells a COMMIT which
 * PostgreSQL answered with ROLLBACK (0.29.8 and newer do).
 *
 * What it waits for itself is bounded; the statements that a work sends by Kysely are as the pool's settings say. Kysely
 * cannot be told to cut a connection that went silent: set `query_timeout` on the pool, which then does. On PostgreSQL
 * give each client of the pool an `error` listener (`pool.on('connect', …)`), or a connection that is lost between two
 * statements ends the process.
 *
 * On SQLite a transaction begins with BEGIN IMMEDIATE, and `transaction` and `execute` throw
 * {@link ReentrantTransactionError} inside of a work, where they would wait for themselves.
 */
export class KyselyTransactionRunner<Tx extends KyselyControlledTransactionLike> implements TransactionRunner<Tx> {
  readonly dialect: DialectName;
  readonly #db: KyselyLike<Tx>;
  readonly #transactions: KyselyTransactions;
  readonly #waits: KyselyWaits;
  readonly #context = new WorkContext<KyselyWork>();
  readonly #works = new WeakMap<object, KyselyWork>();

  constructor(db: KyselyLike<Tx>, options: KyselyTransactionRunnerOptions) {
    this.#db = db;
    this.#transactions = new KyselyTransactions(options);
    this.dialect = this.#transactions.dialect;
    this.#waits = new KyselyWaits(this.dialect, options);
  }

  async transaction<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> {
    this.#assertNotReentrant('transaction');
    const tx = await this.#begin();
    const running = new KyselyWork();
    this.#works.set(tx, running);
    let result: Result;
    try {
      result = await this.#context.run(running, () => work(tx));
    } catch (error) {
      running.end();
      await this.#rollBack(tx, running);
      throw error;
    }
    running.end();
    await this.#commit(tx, running);
    return result;
  }

  async execute(statement: SqlStatement): Promise<SqlResult> {
    this.#assertNotReentrant('execute');
    const connected = Promise.withResolvers<void>();
    let late = false;
    const executed = this.#db.connection().execute(async (connection) => {
      connected.resolve();
      // Nobody waits for it any more, and was told that nothing was sent.
      return late ? nothing : new KyselyExecutor(connection.withoutPlugins(), this.dialect).execute(statement);
    });
    try {
      await this.#waits.connection(Promise.race([connected.promise, executed]));
    } catch (error) {
      late = true;
      throw error;
    }
    return this.#waits.statement(executed, statementSummary(statement.text));
  }

  executor(tx: Tx): SqlExecutor {
    const executor = this.#transactions.executor(tx);
    // A savepoint's transaction is another object, which the runner has not seen.
    const work = this.#works.get(tx) ?? new KyselyWork();
    work.assertOpen();
    return { execute: (statement) => this.#executeIn(work, executor, statement) };
  }

  async #executeIn(work: KyselyWork, executor: SqlExecutor, statement: SqlStatement): Promise<SqlResult> {
    work.assertOpen();
    try {
      return await this.#waits.statement(executor.execute(statement), statementSummary(statement.text));
    } catch (error) {
      work.failed(error);
      if (this.dialect === 'sqlite' && (await this.#isOver(executor))) {
        work.abort();
      }
      throw error;
    }
  }

  /** Some failures on SQLite, a full disk for one, end the transaction; what comes after would commit by itself. */
  async #isOver(executor: SqlExecutor): Promise<boolean> {
    try {
      await executor.execute(deferredBeginStatement);
    } catch {
      // There is one already. A deferred BEGIN fails for nothing else: it takes no lock.
      return false;
    }
    await executor.execute(rollbackStatement);
    return true;
  }

  async #begin(): Promise<Tx> {
    const starting = this.#db.startTransaction().execute();
    let tx: Tx;
    try {
      tx = await this.#waits.connection(starting);
    } catch (error) {
      // A transaction that comes too late is ended, or its connection would be lost to the pool.
      starting.then((late) => this.#end(late)).catch(() => {});
      throw error;
    }
    if (this.dialect === 'sqlite') {
      await this.#beginImmediate(tx);
    }
    return tx;
  }

  /**
   * Kysely begins a deferred transaction. One that reads before it writes would fail at its first write whenever
   * another connection has written meanwhile, at once and whatever the busy timeout.
   */
  async #beginImmediate(tx: Tx): Promise<void> {
    const executor = this.#transactions.executor(tx);
    try {
      await this.#waits.statement(executor.execute(rollbackStatement), rollbackStatement.text);
      await this.#waits.statement(executor.execute(beginStatement), beginStatement.text);
    } catch (error) {
      await this.#end(tx);
      throw error;
    }
  }

  async #commit(tx: Tx, work: KyselyWork): Promise<void> {
    if (tx.isRolledBack || work.aborted) {
      await this.#end(tx);
      throw new TransactionAbortedError({ cause: work.firstError });
    }
    if (tx.isCommitted) {
      return;
    }
    try {
      await this.#waits.statement(tx.commit().execute(), 'commit');
    } catch (error) {
      const failure = this.#commitFailure(error, work);
      const ending = this.#end(tx);
      if (!(failure instanceof CommitUnknownError)) {
        await ending;
      }
      throw failure;
    }
  }

  #commitFailure(error: unknown, work: KyselyWork): unknown {
    if (error instanceof Error && error.name === 'AbortedTransactionError') {
      return new TransactionAbortedError({ cause: work.firstError ?? error });
    }
    if (this.dialect === 'sqlite') {
      return error;
    }
    // An error that the server sent, on a connection that still stands: it has rolled back.
    const state = sqlState(error);
    return state !== undefined && state !== '40003' ? error : new CommitUnknownError({ cause: error });
  }

  async #rollBack(tx: Tx, work: KyselyWork): Promise<void> {
    const ending = this.#end(tx);
    // Behind a statement that was not answered it would wait as long again.
    if (!(work.firstError instanceof DatabaseTimeoutError)) {
      await ending;
    }
  }

  /** Rolls back and gives the connection back. The caller learns why its work failed, not that this failed too. */
  async #end(tx: Tx): Promise<void> {
    if (tx.isCommitted || tx.isRolledBack) {
      return;
    }
    try {
      await this.#waits.statement(tx.rollback().execute(), 'rollback');
    } catch {
      // Kysely then has discarded the connection, and with it the server rolls back.
    }
  }

  #assertNotReentrant(method: 'transaction' | 'execute'): void {
    if (this.dialect === 'sqlite') {
      this.#context.assertOutside(method);
    }
  }
}

const nothing: SqlResult = { rows: [], rowCount: 0 };
