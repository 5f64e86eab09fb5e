import { PgDatabase, type PgDatabaseOptions } from '@holdfast/sql/pg';
import { FaultProxy, type PostgresTestDatabase, postgresTestDatabase } from '@holdfast/sql/testing';
import pg from 'pg';
import { afterAll, onTestFinished } from 'vitest';

export interface ProxiedPostgres extends PostgresTestDatabase {
  readonly proxy: FaultProxy;
  /** A pool that goes through the proxy; `pool` does not. */
  readonly proxied: pg.Pool;
  readonly proxiedUrl: string;
  databaseThroughProxy(options?: PgDatabaseOptions): PgDatabase;
}

export interface ProxiedPostgresOptions {
  readonly pipeline?: boolean;
  readonly poolSize?: number;
}

const databases = new Map<number, Promise<PostgresTestDatabase>>();

/** One for each file and version: emptying it is much faster than making another. */
function databaseOf(version: 15 | 18): Promise<PostgresTestDatabase> {
  const database = databases.get(version) ?? postgresTestDatabase(version);
  databases.set(version, database);
  return database;
}

afterAll(async () => {
  for (const database of databases.values()) {
    await (await database).drop();
  }
});

/** An empty database with a table `orders (id)`, reached directly and through a proxy; taken down with the test. */
export async function proxiedPostgres(
  version: 15 | 18,
  { pipeline = false, poolSize = 10 }: ProxiedPostgresOptions = {},
): Promise<ProxiedPostgres> {
  const postgres = await databaseOf(version);
  const server = new URL(postgres.url);
  const proxy = await FaultProxy.listen({ host: server.hostname, port: Number(server.port) });
  const proxiedUrl = proxy.through(postgres.url);
  const proxied = new pg.Pool({ connectionString: proxiedUrl, max: poolSize, pipeline });
  proxied.on('error', () => {});
  onTestFinished(async () => {
    await proxy.close();
    await proxied.end();
  });
  await postgres.pool.query(
    'drop schema public cascade; create schema public; create table orders (id text primary key)',
  );
  return {
    ...postgres,
    proxy,
    proxied,
    proxiedUrl,
    databaseThroughProxy: (options) => new PgDatabase(proxied, options),
  };
}

export async function orderIds(pool: pg.Pool): Promise<readonly string[]> {
  const { rows } = await pool.query('select id from orders order by id');
  return rows.map((row) => row.id);
}

export function insertOrder(id: string) {
  return { text: 'insert into orders (id) values ($1)', values: [id] };
}
