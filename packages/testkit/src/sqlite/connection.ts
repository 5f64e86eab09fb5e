import { type LeftOnConnection, leftOnConnection, NOTHING_LEFT, withoutRealSettings } from './connection-state.ts';
import type { PreparedStatement, SqliteHandle } from './driver.ts';

/** A prepared statement of the driver, with the form in which it gives rows. */
export type DriverStatement = PreparedStatement;

/** In which form a statement gives its rows: as the driver's methods of these names set it. */
export interface RowForm {
  readonly pluck: boolean;
  readonly raw: boolean;
  readonly expand: boolean;
  readonly safeIntegers: boolean | null;
}

export const OBJECTS: RowForm = { pluck: false, raw: false, expand: false, safeIntegers: null };

/** Texts that have their values in them come in any number. */
const MOST_STATEMENTS = 2_000;

/** A connection that outlives runs, with what was prepared on it. */
export class Connection {
  readonly driver: SqliteHandle;
  readonly #prepared = new Map<string, DriverStatement>();
  /** What settings were before somebody changed them. */
  readonly #settings = new Map<string, unknown>();
  #isSpent = false;

  constructor(driver: SqliteHandle) {
    this.driver = driver;
  }

  get inTransaction(): boolean {
    return this.driver.inTransaction;
  }

  statement(text: string, form: RowForm = OBJECTS): DriverStatement {
    const key = form === OBJECTS ? text : `${formKey(form)}${text}`;
    let statement = this.#prepared.get(key);
    if (statement === undefined) {
      const left = leftOnConnection(text);
      // Some settings are made when they are prepared.
      this.#remember(left);
      statement = this.#prepare(text, form);
      if (left === NOTHING_LEFT) this.#keep(key, statement);
    }
    return statement;
  }

  exec(text: string): void {
    this.#remember(leftOnConnection(text));
    this.driver.exec(withoutRealSettings(text));
  }

  pragma(text: string, options?: { readonly simple?: boolean }): unknown {
    const full = `pragma ${text}`;
    this.#remember(leftOnConnection(full));
    const statement = this.driver.prepare<unknown[]>(withoutRealSettings(full));
    if (!statement.reader) return statement.run() && [];
    return options?.simple === true ? statement.pluck().get() : statement.all();
  }

  /** What is done to it now stays, so it is used for one run only. */
  spend(): SqliteHandle {
    this.#isSpent = true;
    return this.driver;
  }

  rollBack(): void {
    if (this.driver.inTransaction) this.driver.exec('rollback');
  }

  /** Makes it as if it was new, for the next run; `false` when that cannot be. */
  forget(): boolean {
    if (this.#isSpent) return false;
    for (const [name, value] of this.#settings) this.driver.pragma(`${name} = ${value}`);
    this.#settings.clear();
    return true;
  }

  /** What was prepared belongs to a schema that has changed, or the connection is not needed any more. */
  close(): void {
    this.#prepared.clear();
    this.driver.close();
  }

  #prepare(text: string, { safeIntegers, pluck, raw, expand }: RowForm): DriverStatement {
    const statement = this.driver.prepare<unknown[]>(withoutRealSettings(text));
    if (safeIntegers !== null) statement.safeIntegers(safeIntegers);
    if (pluck) statement.pluck();
    if (raw) statement.raw();
    if (expand) statement.expand();
    return statement;
  }

  #keep(key: string, statement: DriverStatement): void {
    if (this.#prepared.size >= MOST_STATEMENTS) this.#prepared.clear();
    this.#prepared.set(key, statement);
  }

  #remember({ settings, rest }: LeftOnConnection): void {
    if (rest) this.#isSpent = true;
    for (const name of settings) {
      if (!this.#settings.has(name)) this.#settings.set(name, this.driver.pragma(name, { simple: true }));
    }
  }
}

function formKey({ pluck, raw, expand, safeIntegers }: RowForm): string {
  return `${Number(pluck)}${Number(raw)}${Number(expand)}${safeIntegers === null ? '-' : Number(safeIntegers)} `;
}
