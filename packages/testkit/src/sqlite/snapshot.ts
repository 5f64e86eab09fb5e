import type { Connection } from './connection.ts';

interface TableRows {
  readonly table: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/** The content of a database at one moment, to be put back after each run. */
export class Snapshot {
  /** SQLite's number of the schema: it changes with every change of a table. */
  readonly schemaVersion: number;
  readonly #tables: readonly TableRows[];
  readonly #hasTriggers: boolean;
  readonly #sequences: boolean;

  private constructor(
    schemaVersion: number,
    tables: readonly TableRows[],
    extra: { triggers: boolean; sequences: boolean },
  ) {
    this.schemaVersion = schemaVersion;
    this.#tables = tables;
    this.#hasTriggers = extra.triggers;
    this.#sequences = extra.sequences;
  }

  static of(connection: Connection): Snapshot {
    const { driver } = connection;
    const names = driver
      .prepare<[]>("select name from sqlite_master where type = 'table' and (name not like 'sqlite\\_%' escape '\\')")
      .pluck()
      .all() as string[];
    const sequences =
      driver.prepare<[]>("select count(*) from sqlite_master where name = 'sqlite_sequence'").pluck().get() === 1;
    const triggers =
      driver.prepare<[]>("select count(*) from sqlite_master where type = 'trigger'").pluck().get() !== 0;
    const all = sequences ? [...names, 'sqlite_sequence'] : names;
    return new Snapshot(
      schemaVersionOf(connection),
      all.map((table) => rowsOf(connection, table)),
      { triggers, sequences },
    );
  }

  /** Puts it back by deleting and inserting rows; `false` when that cannot be: the schema is another one, or triggers would run. */
  restore(connection: Connection): boolean {
    if (this.#hasTriggers || schemaVersionOf(connection) !== this.schemaVersion) return false;
    connection.statement('begin immediate').run();
    for (const { table } of this.#tables)
      if (table !== 'sqlite_sequence') connection.statement(`delete from ${quoted(table)}`).run();
    // Last, since deleting and inserting write to it.
    for (const { table, columns, rows } of this.#tables) this.#fill(connection, { table, columns, rows });
    connection.statement('commit').run();
    return true;
  }

  #fill(connection: Connection, { table, columns, rows }: TableRows): void {
    if (table === 'sqlite_sequence' && this.#sequences) connection.statement('delete from sqlite_sequence').run();
    if (rows.length === 0) return;
    const names = columns.map(quoted).join(', ');
    const insert = connection.statement(
      `insert into ${quoted(table)} (${names}) values (${columns.map(() => '?').join(', ')})`,
    );
    for (const row of rows) insert.run(...row);
  }
}

function schemaVersionOf(connection: Connection): number {
  return connection.statement('pragma schema_version').pluck().get() as number;
}

function rowsOf({ driver }: Connection, table: string): TableRows {
  const columns = driver
    .prepare<[]>(`select name from pragma_table_xinfo(${literal(table)}) where hidden = 0`)
    .pluck()
    .all() as string[];
  const isWithoutRowid =
    driver
      .prepare<[]>(`select wr from pragma_table_list(${literal(table)}) where schema = 'main'`)
      .pluck()
      .get() === 1;
  const order = isWithoutRowid ? '' : ' order by rowid';
  const rows = driver
    .prepare<[]>(`select ${columns.map(quoted).join(', ')} from ${quoted(table)}${order}`)
    .raw()
    .safeIntegers()
    .all() as unknown[][];
  return { table, columns, rows };
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
