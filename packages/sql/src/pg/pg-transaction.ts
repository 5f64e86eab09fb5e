import { summarizeError } from '@holdfast/core';
import type { CommitHooks } from '../commit-hooks.ts';
import { NotInTransactionError } from '../errors/not-in-transaction-error.ts';
import type { SqlExecutor, SqlResult, SqlStatement } from '../statement.ts';
import type { PgClientLike } from './pg-client.ts';
import { sqlResultOf } from './pg-result.ts';
import type { PgSession } from './pg-session.ts';

/**
 * A transaction that {@link transact} runs. It ends with the work that it was given to: what is executed later is
 * refused with {@link NotInTransactionError}, because its connection belongs to somebody else by then.
 */
export class PgTransaction implements SqlExecutor, CommitHooks {
  /** The client itself, for code that speaks `pg`. Do not send BEGIN, COMMIT or ROLLBACK by it. */
  readonly client: PgClientLike;
  /** @internal Its BEGIN carried a mark. */
  readonly isMarked: boolean;
  readonly #session: PgSession;
  readonly #beforeCommit: (() => readonly SqlStatement[])[] = [];
  readonly #onCommitted: (() => void)[] = [];
  readonly #translations: ((error: unknown) => unknown)[] = [];
  #ended = false;

  /** @internal */
  constructor(session: PgSession, isMarked = false) {
    this.#session = session;
    this.client = session.client;
    this.isMarked = isMarked;
  }

  /** @internal See {@link isPipelined}. */
  get isPipelined(): boolean {
    return this.#session.pipelined;
  }

  get ended(): boolean {
    return this.#ended;
  }

  async execute(statement: SqlStatement): Promise<SqlResult> {
    this.#assertOpen();
    return sqlResultOf(await this.#session.query(statement));
  }

  /** Runs `text` with `$1 … $n` bound to `values`. */
  query(text: string, values: readonly unknown[] = []): Promise<SqlResult> {
    return this.execute({ text, values });
  }

  /**
   * Has the statements of `hook` run last in this transaction, in the same round trip as COMMIT when the client is
   * pipelined. One that fails rolls everything back. `translateError` gets whatever the transaction rejects with, and
   * returns it as it is or a clearer one.
   */
  beforeCommit(hook: () => readonly SqlStatement[], translateError?: (error: unknown) => unknown): void {
    this.#assertOpen();
    this.#beforeCommit.push(hook);
    if (translateError !== undefined) this.#translations.push(translateError);
  }

  /** Calls `callback` once it is certain that the transaction is committed. What it throws becomes a process warning. */
  onCommitted(callback: () => void): void {
    this.#assertOpen();
    this.#onCommitted.push(callback);
  }

  /** @internal Ends it for the caller and gives the statements that are still to run. */
  end(): readonly SqlStatement[] {
    this.#ended = true;
    return this.#beforeCommit.flatMap((hook) => hook());
  }

  /** @internal */
  translated(error: unknown): unknown {
    return this.#translations.reduce((translated, translate) => translate(translated), error);
  }

  /** @internal */
  abandon(): void {
    this.#ended = true;
  }

  /** @internal */
  committed(): void {
    for (const callback of this.#onCommitted) {
      try {
        callback();
      } catch (error) {
        // It is committed, so rejecting would lie; and nobody waits for the callback.
        process.emitWarning(summarizeError(error), { type: 'HoldfastWarning', code: 'HOLDFAST_ON_COMMITTED' });
      }
    }
  }

  #assertOpen(): void {
    if (this.#ended) {
      throw new NotInTransactionError(
        'a transaction that has ended',
        'use it only inside of the work that it was given to',
      );
    }
  }
}
