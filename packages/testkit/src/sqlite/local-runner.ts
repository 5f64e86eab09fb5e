import {
  ReentrantTransactionError,
  type SqlExecutor,
  type SqlResult,
  type SqlStatement,
  type TransactionRunner,
} from '@holdfast/sql';
import { BetterSqlite3TransactionRunner } from '@holdfast/sql/better-sqlite3';
import type { IoSite } from '../kernel/io-site.ts';
import { currentProcess } from '../kernel/process-context.ts';
import type { Simulation } from '../kernel/simulation.ts';
import type { DatabaseFile } from './database-file.ts';
import type { SqliteHandle } from './driver.ts';
import { releasedWithin } from './released-within.ts';
import { Turns } from './turns.ts';

export interface LocalRunnerOptions {
  readonly simulation: Simulation;
  readonly database: string;
  readonly file: DatabaseFile;
  readonly handle: SqliteHandle;
}

const BUSY_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 10_000;

/** The runner for better-sqlite3, that takes time: each call waits for its turn first, and for the lock of the file. */
export class LocalRunner implements TransactionRunner<SqliteHandle> {
  readonly dialect = 'sqlite';
  readonly handle: SqliteHandle;
  readonly #runner: BetterSqlite3TransactionRunner<SqliteHandle>;
  readonly #simulation: Simulation;
  readonly #file: DatabaseFile;
  readonly #site: IoSite;
  readonly #turns: Turns;

  constructor({ simulation, database, file, handle }: LocalRunnerOptions) {
    this.#simulation = simulation;
    this.#file = file;
    this.handle = handle;
    this.#runner = new BetterSqlite3TransactionRunner(handle, { clock: simulation.clock });
    this.#turns = new Turns(simulation, CONNECT_TIMEOUT_MS);
    // What can fail, fails at the statements; this one only takes time.
    this.#site = { label: `${database}.turn`, kinds: ['pause'] };
  }

  async transaction<Result>(work: (tx: SqliteHandle) => Promise<Result>): Promise<Result> {
    this.#assertOutside('transaction');
    return this.#turns.run(async () => {
      await this.#lock();
      return this.#runner.transaction(work);
    });
  }

  async execute(statement: SqlStatement): Promise<SqlResult> {
    this.#assertOutside('execute');
    return this.#turns.run(async () => {
      await this.#lock();
      return this.#runner.execute(statement);
    });
  }

  executor(tx: SqliteHandle): SqlExecutor {
    return this.#runner.executor(tx);
  }

  async #lock(): Promise<void> {
    // Outside of processes no time passes.
    if (currentProcess() === null) return;
    await this.#simulation.io(this.#site, () => (this.#file.isLocked ? this.#untilFree() : undefined));
  }

  /** As the busy timeout of a connection: what comes after it fails when the lock is still held. */
  async #untilFree(): Promise<void> {
    const until = this.#simulation.now + BUSY_TIMEOUT_MS;
    while (this.#file.isLocked && this.#simulation.now < until) {
      await releasedWithin(this.#file, this.#simulation, until - this.#simulation.now);
    }
  }

  /** Before it waits for itself. */
  #assertOutside(method: 'transaction' | 'execute'): void {
    if (this.handle.inTransaction && this.#isInside()) throw new ReentrantTransactionError(method);
  }

  #isInside(): boolean {
    try {
      this.#runner.executor(this.handle);
      return true;
    } catch {
      return false;
    }
  }
}
