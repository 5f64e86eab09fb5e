import type { CommitHooks, SqlStatement } from '@holdfast/sql';
import type { LogRecord } from '../store/log-record.ts';

/** Most records of one statement. */
const CHUNK = 1_000;

/**
 * Collects what is sent in a transaction that has commit hooks, and writes it last, by one statement that shares the
 * round trip of COMMIT. The commit-order locks are then held for no longer than the commit takes.
 */
export class DeferredAppends {
  readonly #statementFor: (records: readonly LogRecord[]) => SqlStatement;
  readonly #translateError: (error: unknown, records: readonly LogRecord[]) => unknown;
  readonly #collected = new WeakMap<CommitHooks, LogRecord[]>();

  constructor(
    statementFor: (records: readonly LogRecord[]) => SqlStatement,
    translateError: (error: unknown, records: readonly LogRecord[]) => unknown,
  ) {
    this.#statementFor = statementFor;
    this.#translateError = translateError;
  }

  add(transaction: CommitHooks, records: readonly LogRecord[]): void {
    const collected = this.#collected.get(transaction);
    if (collected !== undefined) {
      collected.push(...records);
      return;
    }
    const first = [...records];
    this.#collected.set(transaction, first);
    transaction.beforeCommit(
      () => this.#statements(first),
      (error) => this.#translateError(error, first),
    );
  }

  #statements(records: readonly LogRecord[]): readonly SqlStatement[] {
    const statements: SqlStatement[] = [];
    for (let start = 0; start < records.length; start += CHUNK) {
      statements.push(this.#statementFor(records.slice(start, start + CHUNK)));
    }
    return statements;
  }
}
