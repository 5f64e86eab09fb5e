import type { Connection } from './connection.ts';

/** As what the original is attached. */
const ORIGINAL = 'simulation_original';
/** What a file keeps besides its tables. */
const numbers = ['user_version', 'application_id'] as const;

/**
 * The content of a database as it was prepared, to be put back after each run. It is copied inside of SQLite, table by table, from the file that was
 * prepared, so that every value and every rowid is as it was.
 */
export class Snapshot {
  /** SQLite's number of the schema: it changes with every change of a table. */
  readonly #schemaVersion: number;
  /** What puts the tables back; `null` when only a copy of the file does: triggers would run, or a virtual table keeps tables of its own. */
  readonly #statements: readonly string[] | null;
  readonly #numbers: readonly number[];
  /** Changes when another connection writes. */
  #dataVersion: number;

  private constructor(connection: Connection, statements: readonly string[] | null) {
    this.#schemaVersion = schemaVersionOf(connection);
    this.#statements = statements;
    this.#numbers = numbers.map((name) => pragma(connection, name));
    this.#dataVersion = pragma(connection, 'data_version');
  }

  /** @param connection for nothing else than this @param original the file that its file is a copy of */
  static of(connection: Connection, original: string): Snapshot {
    const { driver } = connection;
    driver.prepare(`attach ? as ${ORIGINAL}`).run(original);
    const count = driver.prepare<[string]>('select count(*) from sqlite_master where type = ?').pluck();
    const tables = driver
      .prepare<[]>("select name, type, wr from pragma_table_list where schema = 'main' and name <> 'sqlite_schema'")
      .all() as Table[];
    // Those of SQLite's own come last: what is done to the others writes to them.
    tables.sort((one, other) => Number(isOwn(one)) - Number(isOwn(other)));
    const isPlain = count.get('trigger') === 0 && tables.every(({ type }) => type === 'table' || type === 'view');
    return new Snapshot(connection, isPlain ? tables.flatMap((table) => restoring(connection, table)) : null);
  }

  /** Puts it back, when anybody has written; `false` when only a copy does that: the schema is another one, or see above. */
  restore(connection: Connection): boolean {
    if (pragma(connection, 'data_version') === this.#dataVersion) return true;
    if (this.#statements === null || schemaVersionOf(connection) !== this.#schemaVersion) return false;
    connection.statement('begin immediate').run();
    for (const text of this.#statements) connection.statement(text).run();
    for (const [index, name] of numbers.entries()) {
      const value = this.#numbers[index] ?? 0;
      if (pragma(connection, name) !== value) connection.driver.pragma(`${name} = ${value}`);
    }
    connection.statement('commit').run();
    this.#dataVersion = pragma(connection, 'data_version');
    return true;
  }
}

interface Table {
  readonly name: string;
  readonly type: string;
  readonly wr: number;
}

function isOwn({ name }: Table): boolean {
  return name.startsWith('sqlite_');
}

function schemaVersionOf(connection: Connection): number {
  return pragma(connection, 'schema_version');
}

function pragma(connection: Connection, name: string): number {
  return connection.statement(`pragma ${name}`).pluck().get() as number;
}

function restoring(connection: Connection, { name, type, wr }: Table): readonly string[] {
  if (type === 'view') return [];
  const { driver } = connection;
  const names = driver
    .prepare<[]>(`select name from pragma_table_xinfo(${literal(name)}) where hidden = 0`)
    .pluck()
    .all() as string[];
  const table = quoted(name);
  const remove = `delete from main.${table}`;
  const isEmpty = driver.prepare<[]>(`select 1 from ${ORIGINAL}.${table}`).get() === undefined;
  if (isEmpty) return [remove];
  const rowid =
    wr === 1
      ? undefined
      : ['rowid', '_rowid_', 'oid'].find((own) => !names.some((column) => column.toLowerCase() === own));
  const columns = [...(rowid === undefined ? [] : [rowid]), ...names.map(quoted)].join(', ');
  return [remove, `insert into main.${table} (${columns}) select ${columns} from ${ORIGINAL}.${table}`];
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
