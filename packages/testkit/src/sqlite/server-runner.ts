import { AsyncLocalStorage } from 'node:async_hooks';
import { integerOption } from '@holdfast/core';
import {
  DatabaseBusyError,
  DatabaseUnavailableError,
  NotInTransactionError,
  ReentrantTransactionError,
  type SqlExecutor,
  type SqlResult,
  type SqlStatement,
  TransactionAbortedError,
  type TransactionRunner,
} from '@holdfast/sql';
import type { Simulation } from '../kernel/simulation.ts';
import { isSqliteBusy } from './driver.ts';
import type { ServerSession, ServerTimeouts, SessionAnswer, SessionStatement } from './server-session.ts';
import { SimulatedTransaction } from './simulated-transaction.ts';
import { Turns } from './turns.ts';

export interface ServerRunnerOptions extends ServerTimeouts {
  /** How long a transaction or a statement waits for those that asked before it, in virtual milliseconds. @default 10_000 */
  readonly connectTimeoutMs?: number;
}

/** What opens a connection for the process whose code calls. */
export type OpenSession = () => ServerSession;

/**
 * Runs the transactions of one process on a simulated database server, one at a time, by a connection that is opened again when it was lost. Each
 * begins with BEGIN IMMEDIATE.
 */
export class ServerRunner implements TransactionRunner<SimulatedTransaction> {
  readonly dialect = 'sqlite';
  readonly #openSession: OpenSession;
  readonly #turns: Turns;
  readonly #works = new AsyncLocalStorage<SimulatedTransaction>();
  #session: ServerSession | null = null;

  constructor(simulation: Simulation, openSession: OpenSession, { connectTimeoutMs }: ServerRunnerOptions = {}) {
    this.#openSession = openSession;
    this.#turns = new Turns(
      simulation,
      integerOption('connectTimeoutMs', connectTimeoutMs, { min: 1, default: 10_000 }),
    );
  }

  async transaction<Result>(work: (tx: SimulatedTransaction) => Promise<Result>): Promise<Result> {
    this.#assertOutside('transaction');
    return this.#turns.run(() => this.#run(work));
  }

  async execute({ text, values }: SqlStatement): Promise<SqlResult> {
    this.#assertOutside('execute');
    const { rows, changes } = await this.#turns.run(() => send(this.#connected(), { text, values, exact: true }));
    return { rows, rowCount: changes };
  }

  executor(tx: SimulatedTransaction): SqlExecutor {
    if (!(tx instanceof SimulatedTransaction)) {
      throw new NotInTransactionError(
        'something that is not a transaction of this runner',
        'pass the "tx" that the work was given, inside of the work',
      );
    }
    tx.assertOpen();
    return tx;
  }

  async #run<Result>(work: (tx: SimulatedTransaction) => Promise<Result>): Promise<Result> {
    const session = this.#connected();
    await send(session, { text: 'begin immediate', values: [] });
    const tx = new SimulatedTransaction(session);
    try {
      const result = await this.#works.run(tx, async () => work(tx));
      tx.end();
      await commit(session, tx);
      return result;
    } catch (error) {
      tx.end();
      await rollBack(session);
      throw error;
    }
  }

  #connected(): ServerSession {
    if (this.#session === null || this.#session.isLost) this.#session = this.#openSession();
    return this.#session;
  }

  #assertOutside(method: 'transaction' | 'execute'): void {
    if (this.#works.getStore()?.ended === false) throw new ReentrantTransactionError(method);
  }
}

async function commit(session: ServerSession, { firstError }: SimulatedTransaction): Promise<void> {
  if (session.isLost) throw new DatabaseUnavailableError('commit', { cause: firstError });
  if (!session.inTransaction) throw new TransactionAbortedError({ cause: firstError });
  await send(session, { text: 'commit', values: [] });
}

async function rollBack(session: ServerSession): Promise<void> {
  if (session.isLost || !session.inTransaction) return;
  try {
    await send(session, { text: 'rollback', values: [] });
  } catch {
    // The caller learns why its work failed; the server has rolled back what it has lost.
  }
}

async function send(session: ServerSession, statement: SessionStatement): Promise<SessionAnswer> {
  try {
    return await session.execute(statement);
  } catch (error) {
    throw isSqliteBusy(error) ? new DatabaseBusyError(statement.text, { cause: error }) : error;
  }
}
