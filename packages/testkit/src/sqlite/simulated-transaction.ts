import { NotInTransactionError, type SqlExecutor, type SqlResult, type SqlStatement } from '@holdfast/sql';
import type { ServerSession } from './server-session.ts';

/** A transaction on a simulated database server. It ends with the work that it was given to. */
export class SimulatedTransaction implements SqlExecutor {
  readonly #session: ServerSession;
  #ended = false;
  #firstError: unknown;

  /** @internal */
  constructor(session: ServerSession) {
    this.#session = session;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** @internal The first statement that failed, which may be what rolled it back. */
  get firstError(): unknown {
    return this.#firstError;
  }

  /** Runs a statement with `?1 … ?n` bound to its values. Integers come back as bigint. */
  async execute({ text, values }: SqlStatement): Promise<SqlResult> {
    this.assertOpen();
    try {
      const { rows, changes } = await this.#session.execute({ text, values, exact: true });
      return { rows, rowCount: changes };
    } catch (error) {
      this.#firstError ??= error;
      throw error;
    }
  }

  /** @internal */
  assertOpen(): void {
    if (this.#ended) {
      throw new NotInTransactionError('a transaction that has ended', 'await everything inside of its work');
    }
    if (!this.#session.isLost && !this.#session.inTransaction) {
      throw new NotInTransactionError(
        'a transaction that SQLite has rolled back, after a statement that failed',
        'let the error of that statement reject the work',
      );
    }
  }

  /** @internal */
  end(): void {
    this.#ended = true;
  }
}
