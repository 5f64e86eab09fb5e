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

/** A connection that outlives runs, with what was prepared on it. */
export class Connection {
  readonly driver: SqliteHandle;
  readonly #prepared = new Map<string, DriverStatement>();

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
      statement = this.driver.prepare<unknown[]>(text);
      if (form.safeIntegers !== null) statement.safeIntegers(form.safeIntegers);
      if (form.pluck) statement.pluck();
      if (form.raw) statement.raw();
      if (form.expand) statement.expand();
      this.#prepared.set(key, statement);
    }
    return statement;
  }

  rollBack(): void {
    if (this.driver.inTransaction) this.statement('rollback').run();
  }

  /** What was prepared belongs to a schema that has changed, or the connection is not needed any more. */
  close(): void {
    this.#prepared.clear();
    this.driver.close();
  }
}

function formKey({ pluck, raw, expand, safeIntegers }: RowForm): string {
  return `${Number(pluck)}${Number(raw)}${Number(expand)}${safeIntegers === null ? '-' : Number(safeIntegers)} `;
}
