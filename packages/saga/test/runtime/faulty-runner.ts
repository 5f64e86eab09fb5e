import {
  CommitUnknownError,
  type SqlExecutor,
  type SqlResult,
  type SqlStatement,
  type TransactionRunner,
} from '@holdfast/sql';

/** A runner whose transactions can be made to fail around their commits. */
export class FaultyRunner<Tx> implements TransactionRunner<Tx> {
  readonly dialect: TransactionRunner<Tx>['dialect'];
  readonly #inner: TransactionRunner<Tx>;
  /** How many of the next commits are made and not answered. */
  unanswered = 0;
  /** Called before each transaction. */
  before: () => Promise<void> = async () => {};

  constructor(inner: TransactionRunner<Tx>) {
    this.#inner = inner;
    this.dialect = inner.dialect;
  }

  async transaction<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> {
    await this.before();
    const result = await this.#inner.transaction(work);
    if (this.unanswered === 0) return result;
    this.unanswered -= 1;
    throw new CommitUnknownError();
  }

  executor(tx: Tx): SqlExecutor {
    return this.#inner.executor(tx);
  }

  execute(statement: SqlStatement): Promise<SqlResult> {
    return this.#inner.execute(statement);
  }
}
