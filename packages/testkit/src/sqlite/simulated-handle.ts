import { assertOwnConnection } from '../kernel/assert-own-connection.ts';
import type { Incarnation } from '../kernel/incarnation.ts';
import type { Simulation } from '../kernel/simulation.ts';
import { type Connection, OBJECTS, type RowForm } from './connection.ts';
import type { DatabaseFile } from './database-file.ts';
import type { SqliteHandle } from './driver.ts';
import { NotSimulatedError } from './not-simulated-error.ts';
import { SimulatedStatement, type StatementHome } from './simulated-statement.ts';
import { statementSite } from './statement-site.ts';

export interface SimulatedHandleOptions {
  readonly simulation: Simulation;
  readonly database: string;
  readonly file: DatabaseFile;
  /** Whose connection it is; `null` outside of processes. */
  readonly owner: Incarnation | null;
}

type Work = (...args: unknown[]) => unknown;
const behaviours = ['deferred', 'immediate', 'exclusive'] as const;

/**
 * A connection as better-sqlite3 has it, of one process: it ends with that, and what is open on it is rolled back. Every statement is an I/O
 * point; none waits for a lock.
 */
export class SimulatedHandle implements StatementHome {
  readonly simulation: Simulation;
  readonly database: string;
  readonly memory = false;
  readonly readonly = false;
  readonly #file: DatabaseFile;
  readonly #owner: Incarnation | null;
  #connection: Connection | null;
  #wasInTransaction = false;
  #savepoints = 0;
  #form: RowForm = OBJECTS;

  constructor({ simulation, database, file, owner }: SimulatedHandleOptions) {
    this.simulation = simulation;
    this.database = database;
    this.#file = file;
    this.#owner = owner;
    this.#connection = file.take();
    owner?.onEnd(() => this.close());
  }

  get name(): string {
    return this.database;
  }

  get open(): boolean {
    return this.#connection !== null;
  }

  get inTransaction(): boolean {
    return this.#connection?.inTransaction ?? false;
  }

  connection(): Connection {
    assertOwnConnection(this.#owner, this.database);
    if (this.#connection === null) throw new TypeError('The database connection is not open');
    return this.#connection;
  }

  ran(): void {
    const { inTransaction } = this;
    if (this.#wasInTransaction && !inTransaction) this.#file.released();
    this.#wasInTransaction = inTransaction;
  }

  prepare(text: string): SimulatedStatement {
    return new SimulatedStatement(this, text, this.#form);
  }

  exec(text: string): this {
    if (text.trim() === '') return this;
    this.simulation.point(statementSite(this.database, text), () => {
      try {
        this.connection().exec(text);
      } finally {
        this.ran();
      }
    });
    return this;
  }

  /** Settings of the connection; those that would make it wait or write to a disk are as the simulation has them. */
  pragma(text: string, options?: { readonly simple?: boolean }): unknown {
    return this.connection().pragma(text, options);
  }

  /** Defines a function of SQL for this connection, which is not used again after the run. */
  function(...args: Parameters<SqliteHandle['function']>): this {
    this.connection()
      .spend()
      .function(...args);
    return this;
  }

  /** The same for an aggregate function. */
  aggregate(...args: Parameters<SqliteHandle['aggregate']>): this {
    this.connection()
      .spend()
      .aggregate(...args);
    return this;
  }

  /** For statements that are prepared from now on. */
  defaultSafeIntegers(on = true): this {
    this.#form = { ...OBJECTS, safeIntegers: on };
    return this;
  }

  /** @throws NotSimulatedError */
  table(): never {
    throw new NotSimulatedError('table', 'use a table, or a function');
  }

  /** @throws NotSimulatedError */
  loadExtension(): never {
    throw new NotSimulatedError('loadExtension', 'define the functions that are needed by "function"');
  }

  /** @throws NotSimulatedError */
  backup(): never {
    throw new NotSimulatedError('backup', 'read the rows, or prove it on a real database');
  }

  /** @throws NotSimulatedError */
  serialize(): never {
    throw new NotSimulatedError('serialize', 'read the rows, or prove it on a real database');
  }

  /** @throws NotSimulatedError */
  unsafeMode(): never {
    throw new NotSimulatedError('unsafeMode', 'statements run one at a time here');
  }

  /** Like better-sqlite3's: a function that runs `work` in a transaction, or in a savepoint of the one that is open. */
  transaction(work: Work): Work & Record<(typeof behaviours)[number], Work> {
    const run =
      (behaviour: string) =>
      (...args: unknown[]) =>
        this.#transact(behaviour, () => work(...args));
    const callable = run('deferred');
    return Object.assign(callable, {
      deferred: callable,
      immediate: run('immediate'),
      exclusive: run('exclusive'),
      default: callable,
    });
  }

  close(): this {
    const connection = this.#connection;
    this.#connection = null;
    if (connection !== null) this.#file.giveBack(connection);
    return this;
  }

  #transact(behaviour: string, work: () => unknown): unknown {
    const isNested = this.inTransaction;
    if (isNested) this.#savepoints += 1;
    const name = `simulated_${this.#savepoints}`;
    const [begin, commit, undo] = isNested
      ? [`savepoint ${name}`, `release ${name}`, `rollback to ${name}`]
      : [`begin ${behaviour}`, 'commit', 'rollback'];
    this.prepare(begin).run();
    try {
      const result = work();
      if (result instanceof Promise) throw new TypeError('Transaction function cannot return a promise');
      this.prepare(commit).run();
      return result;
    } catch (error) {
      if (this.inTransaction) {
        this.prepare(undo).run();
        if (isNested) this.prepare(commit).run();
      }
      throw error;
    } finally {
      if (isNested) this.#savepoints -= 1;
    }
  }
}
