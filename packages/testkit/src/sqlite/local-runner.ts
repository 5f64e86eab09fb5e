import type { SqlExecutor, SqlResult, SqlStatement, TransactionRunner } from '@holdfast/sql';
import { BetterSqlite3TransactionRunner } from '@holdfast/sql/better-sqlite3';
import type { IoSite } from '../kernel/io-site.ts';
import type { Simulation } from '../kernel/simulation.ts';
import type { DatabaseFile } from './database-file.ts';
import type { SqliteHandle } from './driver.ts';

export interface LocalRunnerOptions {
  readonly simulation: Simulation;
  readonly database: string;
  readonly file: DatabaseFile;
  readonly handle: SqliteHandle;
}

/** The runner for better-sqlite3, that takes time: each call waits for its turn at the file first. */
export class LocalRunner implements TransactionRunner<SqliteHandle> {
  readonly dialect = 'sqlite';
  readonly handle: SqliteHandle;
  readonly #runner: BetterSqlite3TransactionRunner<SqliteHandle>;
  readonly #simulation: Simulation;
  readonly #file: DatabaseFile;
  readonly #site: IoSite;

  constructor({ simulation, database, file, handle }: LocalRunnerOptions) {
    this.#simulation = simulation;
    this.#file = file;
    this.handle = handle;
    this.#runner = new BetterSqlite3TransactionRunner(handle, { clock: simulation.clock });
    // What can fail, fails at the statements; this one only takes time.
    this.#site = { label: `${database}.turn`, kinds: ['pause'] };
  }

  async transaction<Result>(work: (tx: SqliteHandle) => Promise<Result>): Promise<Result> {
    await this.#turn();
    return this.#runner.transaction(work);
  }

  async execute(statement: SqlStatement): Promise<SqlResult> {
    await this.#turn();
    return this.#runner.execute(statement);
  }

  executor(tx: SqliteHandle): SqlExecutor {
    return this.#runner.executor(tx);
  }

  #turn(): Promise<void> {
    return this.#simulation.io(this.#site, async () => {
      while (this.#file.isLocked) await this.#file.untilReleased();
    });
  }
}
