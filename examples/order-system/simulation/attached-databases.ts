import type { SimulatedSqlite } from '@holdfast/testkit/sqlite';
import { openForReading, type SqliteHandle } from '../src/sqlite/open-database.ts';
import type { DatabaseName } from './order-tables.ts';

/**
 * One connection on which all databases of a run can be queried together, as the audit does. The files serve run after run, so it stays open, with
 * what was prepared on it.
 */
export class AttachedDatabases {
  readonly #connections = new Map<string, SqliteHandle>();

  of(databases: Readonly<Record<DatabaseName, SimulatedSqlite>>): SqliteHandle {
    const paths = Object.values(databases).map(({ path }) => path);
    const key = paths.join();
    let connection = this.#connections.get(key);
    if (connection === undefined) {
      connection = withPreparedKept(openForReading(databases.order.path));
      for (const [name, { path }] of Object.entries(databases)) {
        if (name !== 'order') connection.prepare(`attach database ? as ${name}`).run(path);
      }
      this.#connections.set(key, connection);
    }
    return connection;
  }
}

/** The audit prepares its queries each time, which would cost more than to run them. */
function withPreparedKept(connection: SqliteHandle): SqliteHandle {
  const prepared = new Map<string, ReturnType<SqliteHandle['prepare']>>();
  const prepare = (text: string) => {
    const statement = prepared.get(text) ?? connection.prepare(text);
    prepared.set(text, statement);
    return statement;
  };
  return Object.assign(Object.create(connection), { prepare });
}
