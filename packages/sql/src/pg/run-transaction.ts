import { BEGIN_MARK } from '../begin-mark.ts';
import { sqlState } from '../errors/classify-postgres-error.ts';
import { CommitUnknownError } from '../errors/commit-unknown-error.ts';
import { TransactionAbortedError } from '../errors/transaction-aborted-error.ts';
import type { SqlStatement } from '../statement.ts';
import type { PgSession } from './pg-session.ts';
import { PgTransaction } from './pg-transaction.ts';
import { SentStatement } from './sent-statement.ts';

const commitStatement: SqlStatement = { text: 'commit', values: [] };
const rollbackStatement: SqlStatement = { text: 'rollback', values: [] };

export interface TransactionStart {
  readonly begin: SqlStatement;
  /** Wait for its answer before the work starts, on a pipelined session too. */
  readonly isAwaited: boolean;
}

/**
 * Runs `work` between BEGIN and COMMIT on one session. Pipelined: unless it is to be awaited, BEGIN is on the wire before
 * `work` starts and not waited for; the statements of the beforeCommit hooks travel with COMMIT.
 */
export async function runTransaction<Result>(
  session: PgSession,
  { begin, isAwaited }: TransactionStart,
  work: (tx: PgTransaction) => Promise<Result>,
): Promise<Result> {
  const isEarly = session.pipelined && !isAwaited;
  if (isEarly) session.hold();
  const begun = new SentStatement(session.query(begin));
  if (!isEarly) await answered(begun);
  const tx = new PgTransaction(session, begin.text.endsWith(BEGIN_MARK));
  let result: Result;
  let pending: readonly SentStatement[];
  try {
    const working = work(tx);
    // What the work sends before its first wait leaves together with BEGIN, in one write.
    if (isEarly) session.flush();
    result = await working;
    await answered(begun);
    throwFailure(session);
    session.hold();
    pending = await sendLast(session, tx.end());
  } catch (error) {
    tx.abandon();
    session.flush();
    throw tx.translated(await rolledBack(session, begun, error));
  }
  try {
    await commit(session, pending);
  } catch (error) {
    throw tx.translated(error);
  }
  tx.committed();
  return result;
}

async function answered(statement: SentStatement): Promise<void> {
  await statement.settled;
  if (statement.failed) {
    throw statement.error;
  }
}

/** The work may have swallowed the loss of its connection; nothing was committed then, for sure. */
function throwFailure(session: PgSession): void {
  if (session.failure !== undefined) {
    throw session.failure;
  }
}

async function sendLast(session: PgSession, statements: readonly SqlStatement[]): Promise<readonly SentStatement[]> {
  if (!session.pipelined) {
    for (const statement of statements) {
      await session.query(statement);
    }
    return [];
  }
  const sent = statements.map((statement) => new SentStatement(session.query(statement)));
  if (sent.length > 0) {
    await localFailuresAreKnown();
  }
  const refused = sent.find((statement) => statement.failed);
  if (refused !== undefined) {
    throw refused.error;
  }
  return sent;
}

/**
 * A statement that the driver itself refuses (a value that it cannot encode, a prepared name with another text) never
 * reaches the server, so the server would commit without it. The driver tells in the next tick; the second one lets
 * its promises settle.
 */
async function localFailuresAreKnown(): Promise<void> {
  await new Promise<void>((resolve) => process.nextTick(resolve));
  await new Promise<void>((resolve) => process.nextTick(resolve));
}

async function commit(session: PgSession, pending: readonly SentStatement[]): Promise<void> {
  const committing = new SentStatement(session.query(commitStatement));
  session.flush();
  for (const statement of [...pending, committing]) {
    await statement.settled;
  }
  const failed = pending.find((statement) => statement.failed);
  if (committing.command === 'COMMIT' && failed === undefined) {
    return;
  }
  throw commitFailure(session, committing, failed);
}

function commitFailure(session: PgSession, committing: SentStatement, failed: SentStatement | undefined): unknown {
  if (!committing.failed && committing.command !== 'COMMIT') {
    return failed?.error ?? new TransactionAbortedError({ cause: session.firstError });
  }
  const answer = failed ?? committing;
  // An error that the server sent, on a connection that still stands: it has rolled back.
  if (sqlState(answer.error) !== undefined && sqlState(answer.error) !== '40003' && committing.command !== 'COMMIT') {
    return answer.error;
  }
  return new CommitUnknownError({ cause: answer.error });
}

async function rolledBack(session: PgSession, begun: SentStatement, error: unknown): Promise<unknown> {
  await begun.settled;
  if (begun.failed && sqlState(begun.error) !== undefined) {
    // BEGIN was refused with statements already behind it: the server has run those one by one.
    session.fail(new Error('BEGIN was refused'));
    return new CommitUnknownError({ cause: begun.error });
  }
  if (session.failure === undefined) {
    try {
      await session.query(rollbackStatement);
    } catch (failure) {
      // The caller learns why its work failed; the server rolls back when the connection is cut.
      session.fail(failure instanceof Error ? failure : new Error(String(failure)));
    }
  }
  return error;
}
