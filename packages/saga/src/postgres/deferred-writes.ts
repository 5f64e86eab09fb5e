import type { CommitHooks, SqlExecutor, SqlStatement } from '@holdfast/sql';

export interface DeferredWrite {
  /** Fails unless it has written everything: nobody looks at its answer. */
  readonly statement: SqlStatement;
  readonly translateError: (error: unknown) => unknown;
}

/** Writes that go out last in their transactions, with COMMIT. Who reads in the same transaction has them go out first. */
export class DeferredWrites {
  readonly #waiting = new WeakMap<SqlExecutor, DeferredWrite[]>();

  add(transaction: SqlExecutor & CommitHooks, write: DeferredWrite): void {
    const known = this.#waiting.get(transaction);
    if (known !== undefined) {
      known.push(write);
      return;
    }
    const waiting = [write];
    this.#waiting.set(transaction, waiting);
    transaction.beforeCommit(
      () => waiting.map(({ statement }) => statement),
      (error) => waiting.reduce((translated, { translateError }) => translateError(translated), error),
    );
  }

  /** Runs `run`: at once, unless something waits, which goes first then. */
  async before<Result>(executor: SqlExecutor, run: () => Promise<Result>): Promise<Result> {
    for (const { statement, translateError } of this.#waiting.get(executor)?.splice(0) ?? []) {
      try {
        await executor.execute(statement);
      } catch (error) {
        throw translateError(error);
      }
    }
    return run();
  }
}
