import { CommitUnknownError, DatabaseUnavailableError, positionalStatement, positionalValues } from '@holdfast/sql';
import type { IoSite } from '../kernel/io-site.ts';
import { currentProcess, runInProcess } from '../kernel/process-context.ts';
import type { Simulation } from '../kernel/simulation.ts';
import { type Connection, OBJECTS } from './connection.ts';
import type { DatabaseFile } from './database-file.ts';
import { isSqliteLocked } from './driver.ts';
import { releasedWithin } from './released-within.ts';
import { statementSite } from './statement-site.ts';

export interface ServerSessionOptions {
  readonly simulation: Simulation;
  readonly database: string;
  readonly file: DatabaseFile;
  readonly onEnd: (session: ServerSession) => void;
}

/** How long the client waits for a way that is cut, and how long the server waits for the write lock, in virtual milliseconds. */
export interface ServerTimeouts {
  /** @default 5_000 */
  readonly statementTimeoutMs?: number;
  /** @default 5_000 */
  readonly busyTimeoutMs?: number;
}

export interface SessionStatement {
  readonly text: string;
  readonly values: readonly unknown[];
  /** Integers come as bigint. @default false */
  readonly exact?: boolean;
}

export interface SessionAnswer {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly changes: number;
  readonly lastId: number | bigint | undefined;
}

const DEFAULT_TIMEOUT_MS = 5_000;
const EXACT = { ...OBJECTS, safeIntegers: true };

/**
 * A connection of one process to a database server. Statements happen one after another; each may be lost, or its answer. A connection that has lost
 * one is gone, and the server has rolled back what was open on it. What a process that died had sent to commit may still arrive.
 */
export class ServerSession {
  readonly #options: ServerSessionOptions;
  readonly #timeouts: Required<ServerTimeouts>;
  readonly #isWaiting: boolean;
  #connection: Connection | null;
  #isLost = false;
  #last: Promise<unknown> = Promise.resolve();
  /** Something has been sent that takes effect by itself, whatever becomes of the sender. */
  #isUnderway = false;

  constructor(options: ServerSessionOptions, { statementTimeoutMs, busyTimeoutMs }: ServerTimeouts = {}) {
    this.#options = options;
    this.#timeouts = {
      statementTimeoutMs: statementTimeoutMs ?? DEFAULT_TIMEOUT_MS,
      busyTimeoutMs: busyTimeoutMs ?? DEFAULT_TIMEOUT_MS,
    };
    this.#connection = options.file.take();
    const incarnation = currentProcess()?.incarnation;
    // Outside of processes no time passes while something is waited for.
    this.#isWaiting = incarnation !== undefined;
    incarnation?.onEnd(() => this.#orphan());
  }

  /** It is of no use any more. */
  get isLost(): boolean {
    return this.#isLost;
  }

  get inTransaction(): boolean {
    return this.#connection?.inTransaction ?? false;
  }

  /**
   * Sends a statement when those before it are answered. Rejects with the error of SQLite, or with {@link DatabaseUnavailableError}; with
   * {@link CommitUnknownError} when it was a COMMIT.
   */
  execute(statement: SessionStatement): Promise<SessionAnswer> {
    const answer = this.#last.then(() => this.#send(statement));
    this.#last = answer.catch(() => {});
    return answer;
  }

  /** The connection is gone; the server rolls back. */
  close(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#release();
  }

  #send(statement: SessionStatement): Promise<SessionAnswer> {
    const { simulation, database } = this.#options;
    const { label } = statementSite(database, statement.text);
    if (this.#isLost) throw new DatabaseUnavailableError(label);
    const isCommit = /^\s*(?:commit|end)\b/i.test(statement.text);
    const lose = () => {
      this.close();
      return isCommit ? new CommitUnknownError() : new DatabaseUnavailableError(label);
    };
    const outlivesSender = isCommit || (!this.inTransaction && !/^\s*begin\b/i.test(statement.text));
    this.#isUnderway = outlivesSender;
    const site: IoSite = {
      label,
      server: database,
      answers: true,
      outlivesSender,
      timeoutMs: this.#timeouts.statementTimeoutMs,
      errorBefore: lose,
      errorAfter: lose,
    };
    return simulation.io(site, () => this.#arrived(statement, label));
  }

  #arrived(statement: SessionStatement, label: string): SessionAnswer | Promise<SessionAnswer> {
    try {
      return this.#run(statement, label);
    } catch (error) {
      if (!this.#isWaiting || !isSqliteLocked(error)) throw error;
      return this.#runWhenFree(statement, label);
    }
  }

  async #runWhenFree(statement: SessionStatement, label: string): Promise<SessionAnswer> {
    const { simulation, file } = this.#options;
    const until = simulation.now + this.#timeouts.busyTimeoutMs;
    for (;;) {
      await releasedWithin(file, simulation, until - simulation.now);
      try {
        return this.#run(statement, label);
      } catch (error) {
        if (!isSqliteLocked(error) || simulation.now >= until) throw error;
      }
    }
  }

  #run({ text, values, exact = false }: SessionStatement, label: string): SessionAnswer {
    const connection = this.#connection;
    if (connection === null) throw new DatabaseUnavailableError(label);
    const wasInTransaction = connection.inTransaction;
    try {
      const positional = positionalStatement(text);
      const prepared = connection.statement(positional.text, exact ? EXACT : OBJECTS);
      const bound = positionalValues(positional, values);
      if (prepared.reader) {
        const rows = prepared.all(bound) as Record<string, unknown>[];
        return { rows, changes: rows.length, lastId: undefined };
      }
      const { changes, lastInsertRowid } = prepared.run(bound);
      return { rows: [], changes: Number(changes), lastId: lastInsertRowid };
    } finally {
      this.#isUnderway = false;
      // Whoever is orphaned has lived for this statement only.
      if (this.#isLost) this.#release();
      else if (wasInTransaction && !connection.inTransaction) this.#options.file.released();
    }
  }

  /** The process is dead. What it had sent may be on its way, and its connection is not known to be gone before. */
  #orphan(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    if (!this.#isUnderway) {
      this.#release();
      return;
    }
    const { simulation } = this.#options;
    runInProcess(null, () => simulation.after(simulation.latencyMs + 1, () => this.#release()));
  }

  #release(): void {
    const connection = this.#connection;
    this.#connection = null;
    if (connection === null) return;
    // Wakes whoever waits for the lock, this one too.
    this.#options.file.giveBack(connection);
    this.#options.onEnd(this);
  }
}
