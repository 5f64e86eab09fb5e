import type { Simulation } from '../kernel/simulation.ts';
import { type Connection, type DriverStatement, OBJECTS, type RowForm } from './connection.ts';
import { statementSite } from './statement-site.ts';

/** What a statement needs of its handle. */
export interface StatementHome {
  readonly simulation: Simulation;
  readonly database: string;
  /** @throws TypeError when the handle is closed */
  connection(): Connection;
  /** A statement has run that may have begun or ended a transaction. */
  ran(): void;
}

/** A prepared statement as better-sqlite3 has it; each time it runs, it is an I/O point. */
export class SimulatedStatement {
  readonly source: string;
  readonly #home: StatementHome;
  readonly #site;
  #form: RowForm;
  #prepared: { readonly on: Connection; readonly statement: DriverStatement };
  #bound: readonly unknown[] | null = null;

  /** @throws the driver's error when the text is wrong */
  constructor(home: StatementHome, text: string, form: RowForm = OBJECTS) {
    this.#home = home;
    this.source = text;
    this.#form = form;
    this.#site = statementSite(home.database, text);
    const on = home.connection();
    this.#prepared = { on, statement: on.statement(text, form) };
  }

  get reader(): boolean {
    return this.#driver.reader;
  }

  get readonly(): boolean {
    return this.#driver.readonly;
  }

  get busy(): boolean {
    return false;
  }

  get database(): StatementHome {
    return this.#home;
  }

  run(...args: unknown[]): unknown {
    return this.#point((statement) => statement.run(...this.#values(args)));
  }

  get(...args: unknown[]): unknown {
    return this.#point((statement) => statement.get(...this.#values(args)));
  }

  all(...args: unknown[]): unknown[] {
    return this.#point((statement) => statement.all(...this.#values(args)));
  }

  /** All rows are read at once, so that the connection is free for others. */
  iterate(...args: unknown[]): IterableIterator<unknown> {
    return this.all(...args)[Symbol.iterator]();
  }

  bind(...args: unknown[]): this {
    if (this.#bound !== null) throw new TypeError('The bind() method can only be invoked once per statement object');
    this.#bound = args;
    return this;
  }

  pluck(on = true): this {
    return this.#as({ pluck: on });
  }

  raw(on = true): this {
    return this.#as({ raw: on });
  }

  expand(on = true): this {
    return this.#as({ expand: on });
  }

  safeIntegers(on = true): this {
    return this.#as({ safeIntegers: on });
  }

  columns(): unknown {
    return this.#driver.columns();
  }

  #values(args: readonly unknown[]): readonly unknown[] {
    if (this.#bound === null) return args;
    if (args.length > 0) throw new TypeError('This statement already has bound parameters');
    return this.#bound;
  }

  #as(change: Partial<RowForm>): this {
    this.#form = { ...this.#form, ...change };
    const on = this.#home.connection();
    this.#prepared = { on, statement: on.statement(this.source, this.#form) };
    return this;
  }

  get #driver(): DriverStatement {
    const on = this.#home.connection();
    // To look it up by its text takes longer than to run it.
    if (on !== this.#prepared.on) this.#prepared = { on, statement: on.statement(this.source, this.#form) };
    return this.#prepared.statement;
  }

  #point<Result>(run: (statement: DriverStatement) => Result): Result {
    return this.#home.simulation.point(this.#site, () => {
      try {
        const result = run(this.#driver);
        if (this.#site.transacts) this.#home.ran();
        return result;
      } catch (error) {
        // Some errors roll back.
        this.#home.ran();
        throw error;
      }
    });
  }
}
