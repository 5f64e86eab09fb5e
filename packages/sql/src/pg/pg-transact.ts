import { oneOfOption } from '@holdfast/core';
import { BEGIN_MARK } from '../begin-mark.ts';
import { type RetryTransactionOptions, retryTransaction } from '../retry-transaction.ts';
import type { SqlStatement } from '../statement.ts';
import type { PgPoolLike } from './pg-client.ts';
import { type PgDatabaseOptions, sessionTimeouts } from './pg-database.ts';
import { PgSession } from './pg-session.ts';
import type { PgTransaction } from './pg-transaction.ts';
import { runTransaction } from './run-transaction.ts';

export type IsolationLevel = 'read committed' | 'repeatable read' | 'serializable';

export interface TransactOptions extends PgDatabaseOptions {
  /** Left out, the server's `default_transaction_isolation`. */
  readonly isolationLevel?: IsolationLevel;
  /** Runs `work` again from its start after a conflict or a lost connection. @default one attempt */
  readonly retry?: RetryTransactionOptions;
}

// Looked up, never concatenated: no option becomes SQL text.
const beginByIsolation: Readonly<Record<IsolationLevel, SqlStatement>> = {
  'read committed': { text: 'begin isolation level read committed', values: [] },
  'repeatable read': { text: 'begin isolation level repeatable read', values: [] },
  serializable: { text: 'begin isolation level serializable', values: [] },
};
const beginByServer: SqlStatement = { text: 'begin', values: [] };

/**
 * Runs business work in a transaction of `pool`: commits when `work` resolves, rolls back and rethrows when it
 * rejects. With pipelined clients (`new Pool({ pipeline: true })`) BEGIN shares a round trip with the first statement,
 * and COMMIT with what is written last.
 *
 * Rejects with {@link CommitUnknownError} when the connection was lost while committing, with
 * {@link TransactionAbortedError} when `work` swallowed the error of a failed statement. Work that is retried runs
 * again from its start, so it must have no other effects.
 */
export async function transact<Result>(
  pool: PgPoolLike,
  work: (tx: PgTransaction) => Promise<Result>,
  options: TransactOptions = {},
): Promise<Result> {
  const { retry } = options;
  return retry === undefined
    ? transactOnce(pool, work, options)
    : retryTransaction(() => transactOnce(pool, work, options), retry);
}

/**
 * How BEGIN of a pipelined client is sent: `early`, with the first statements of the work; `marked`, the same with a mark that
 * {@link IN_MARKED_TRANSACTION} sees; `awaited`, and answered before the work starts.
 */
export type BeginMode = 'early' | 'marked' | 'awaited';

/** @internal {@link transact} without retries. */
export async function transactOnce<Result>(
  pool: PgPoolLike,
  work: (tx: PgTransaction) => Promise<Result>,
  options: TransactOptions & { readonly begin?: BeginMode },
): Promise<Result> {
  const plain = beginStatement(options);
  const begin = options.begin === 'marked' ? { ...plain, text: `${plain.text}${BEGIN_MARK}` } : plain;
  const session = await PgSession.checkOut(pool, sessionTimeouts(options));
  try {
    return await runTransaction(session, { begin, isAwaited: options.begin === 'awaited' }, work);
  } finally {
    session.release();
  }
}

function beginStatement({ isolationLevel }: TransactOptions): SqlStatement {
  if (isolationLevel === undefined) {
    return beginByServer;
  }
  const allowed = ['read committed', 'repeatable read', 'serializable'] as const;
  return beginByIsolation[oneOfOption('isolationLevel', isolationLevel, { allowed })];
}

/** @internal Throws for an option that {@link transact} would refuse. */
export function assertTransactOptions(options: TransactOptions): void {
  beginStatement(options);
  sessionTimeouts(options);
}
