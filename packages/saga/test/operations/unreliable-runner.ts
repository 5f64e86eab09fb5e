import type { SqlExecutor, SqlResult, SqlStatement, TransactionRunner, TransactionRunOptions } from '@holdfast/sql';

/** Runs transactions on a real database; the next one fails before it is committed, or after. */
export class UnreliableRunner<Tx> implements TransactionRunner<Tx> {
  readonly dialect: TransactionRunner<Tx>['dialect'];
  readonly #runner: TransactionRunner<Tx>;
  #fault: { readonly error: Error; readonly when: 'before' | 'after' } | null = null;

  constructor(runner: TransactionRunner<Tx>) {
    this.#runner = runner;
    this.dialect = runner.dialect;
  }

  failNext(error: Error, when: 'before' | 'after'): void {
    this.#fault = { error, when };
  }

  async transaction<Result>(work: (tx: Tx) => Promise<Result>, options?: TransactionRunOptions): Promise<Result> {
    const fault = this.#fault;
    this.#fault = null;
    const result = await this.#runner.transaction(async (tx) => {
      const made = await work(tx);
      if (fault?.when === 'before') throw fault.error;
      return made;
    }, options);
    if (fault !== null) throw fault.error;
    return result;
  }

  executor(tx: Tx): SqlExecutor {
    return this.#runner.executor(tx);
  }

  execute(statement: SqlStatement): Promise<SqlResult> {
    return this.#runner.execute(statement);
  }
}
