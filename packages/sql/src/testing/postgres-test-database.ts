import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { PgDatabase } from '../pg/pg-database.ts';
import { TableNames } from '../table-names.ts';

/** The servers that the tests run on. */
export type PostgresTestVersion = 15 | 18;

export interface PostgresTestDatabaseOptions {
  /** Pool clients send without waiting for the answer before (`pg` 8.23). @default false */
  readonly pipeline?: boolean;
  /** @default 10 */
  readonly poolSize?: number;
}

export interface PostgresTestDatabase {
  readonly pool: pg.Pool;
  readonly database: PgDatabase;
  readonly names: TableNames;
  readonly url: string;
  /** One more pool on the same database. */
  openPool(options?: PostgresTestDatabaseOptions): pg.Pool;
  /** Ends every pool and drops the database, whoever is still connected. */
  drop(): Promise<void>;
}

/**
 * A fresh, empty database on the server named by `HOLDFAST_TEST_PG15_URL` or `HOLDFAST_TEST_PG18_URL`. Throws when the
 * variable is missing: a test that cannot run has failed.
 */
export async function postgresTestDatabase(
  version: PostgresTestVersion,
  options: PostgresTestDatabaseOptions = {},
): Promise<PostgresTestDatabase> {
  const serverUrl = serverUrlOf(version);
  const name = `holdfast_test_${randomUUID().replaceAll('-', '')}`;
  await onServer(serverUrl, `create database "${name}"`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const pools: pg.Pool[] = [];
  const openPool = ({ poolSize = 10, pipeline = false }: PostgresTestDatabaseOptions = {}): pg.Pool => {
    const pool = new pg.Pool({ connectionString: url.href, max: poolSize, pipeline });
    // A client that the server ends while it is idle, as dropping the database does, tells so here.
    pool.on('error', () => {});
    pools.push(pool);
    return pool;
  };
  const pool = openPool(options);
  return {
    pool,
    database: new PgDatabase(pool),
    names: new TableNames(),
    url: url.href,
    openPool,
    async drop() {
      await Promise.all(pools.filter((one) => !one.ending).map((one) => one.end()));
      await onServer(serverUrl, `drop database if exists "${name}" with (force)`);
    },
  };
}

function serverUrlOf(version: PostgresTestVersion): string {
  const variable = `HOLDFAST_TEST_PG${version}_URL`;
  const url = process.env[variable];
  if (url === undefined || url === '') {
    throw new Error(`Set "${variable}" to a PostgreSQL ${version} server on which databases may be created.`);
  }
  return url;
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
