import {
  CompiledQuery,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  type QueryCompiler,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';

/** A connection of a simulated process to a database server. */
export interface SessionLike {
  readonly isLost: boolean;
  execute(statement: { readonly text: string; readonly values: readonly unknown[] }): Promise<{
    readonly rows: readonly unknown[];
    readonly changes: number;
    readonly lastId: number | bigint | undefined;
  }>;
  close(): void;
}

/** The part of a `SimulatedSqlite` that is used. */
export interface SimulatedSqliteLike {
  opener(timeouts: SimulatedSqliteDialectOptions): () => SessionLike;
}

export interface SimulatedSqliteDialectOptions {
  /** How long the client waits for a way that is cut, in virtual milliseconds. @default 5_000 */
  readonly statementTimeoutMs?: number;
  /** How long the server waits for the write lock, in virtual milliseconds. @default 5_000 */
  readonly busyTimeoutMs?: number;
}

/**
 * For `new Kysely({ dialect })` in a simulated process: one connection to the database as to a server behind a network, where each query takes time
 * and may be lost. Make the Kysely instance inside of the process: its connection ends with that.
 */
export function simulatedSqliteDialect(
  database: SimulatedSqliteLike,
  timeouts: SimulatedSqliteDialectOptions = {},
): Dialect {
  return new SimulatedSqliteDialect(database, timeouts);
}

class SimulatedSqliteDialect implements Dialect {
  readonly #database: SimulatedSqliteLike;
  readonly #timeouts: SimulatedSqliteDialectOptions;

  constructor(database: SimulatedSqliteLike, timeouts: SimulatedSqliteDialectOptions) {
    this.#database = database;
    this.#timeouts = timeouts;
  }

  createDriver(): Driver {
    return new ServerDriver(this.#database.opener(this.#timeouts));
  }

  createQueryCompiler(): QueryCompiler {
    return new SqliteQueryCompiler();
  }

  /** It has one connection, and so lets one caller have it at a time. */
  createAdapter(): DialectAdapter {
    return new SqliteAdapter();
  }

  // biome-ignore lint/suspicious/noExplicitAny: as Kysely's own interface has it.
  createIntrospector(db: Kysely<any>): DatabaseIntrospector {
    return new SqliteIntrospector(db);
  }
}

class ServerDriver implements Driver {
  readonly #open: () => SessionLike;
  #session: SessionLike | null = null;

  constructor(open: () => SessionLike) {
    this.#open = open;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    if (this.#session === null || this.#session.isLost) this.#session = this.#open();
    return new SessionConnection(this.#session);
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin'));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('rollback'));
  }

  async savepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`savepoint ${quotedName(name)}`));
  }

  async rollbackToSavepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`rollback to ${quotedName(name)}`));
  }

  async releaseSavepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`release ${quotedName(name)}`));
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    this.#session?.close();
    this.#session = null;
  }
}

class SessionConnection implements DatabaseConnection {
  readonly #session: SessionLike;

  constructor(session: SessionLike) {
    this.#session = session;
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const { rows, changes, lastId } = await this.#session.execute({ text: sql, values: parameters });
    if (lastId === undefined) return { rows: rows as Row[] };
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastId) };
  }

  /** All rows come at once. */
  async *streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    yield await this.executeQuery<Row>(query);
  }
}

function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
