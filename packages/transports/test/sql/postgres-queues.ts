import { Migrator, TableNames } from '@holdfast/sql';
import { PgDatabase } from '@holdfast/sql/pg';
import { type PostgresTestDatabase, type PostgresTestVersion, postgresTestDatabase } from '@holdfast/sql/testing';
import { postgresQueueMigrations } from '@holdfast/transports/sql';
import { afterAll } from 'vitest';

const databases = new Map<PostgresTestVersion, Promise<PostgresTestDatabase>>();
let count = 0;

export interface PostgresQueues {
  readonly names: TableNames;
  readonly database: PgDatabase;
  readonly postgres: PostgresTestDatabase;
  /** The name of a table, as the catalogue has it. */
  table(name: string): string;
}

afterAll(async () => {
  for (const database of databases.values()) await (await database).drop();
});

/** Empty queues under a prefix of their own; one database for each file and version. */
export async function postgresQueues(version: PostgresTestVersion): Promise<PostgresQueues> {
  const opening = databases.get(version) ?? postgresTestDatabase(version, { poolSize: 20 });
  databases.set(version, opening);
  const postgres = await opening;
  count += 1;
  const names = new TableNames({ prefix: `w${count}` });
  const database = new PgDatabase(postgres.pool);
  await new Migrator({ database, names, sets: [postgresQueueMigrations] }).up();
  return { names, database, postgres, table: (name) => names.unquoted(name) };
}
