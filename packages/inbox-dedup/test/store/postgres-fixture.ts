import type { InboxStoreFixture, StoreTransaction } from '@holdfast/inbox-dedup/testing';
import { Migrator, TableNames } from '@holdfast/sql';
import { PgDatabase, PgTransactions } from '@holdfast/sql/pg';
import type { PostgresTestDatabase } from '@holdfast/sql/testing';
import { postgresInboxMigrations } from '../../src/postgres/migrations.ts';
import { PostgresInboxStore } from '../../src/postgres/postgres-inbox-store.ts';
import { inboxTables } from '../../src/store/inbox-tables.ts';

let fixtures = 0;

/** Tables of their own in a database that others use too. */
export async function postgresFixture({ database, pool }: PostgresTestDatabase): Promise<InboxStoreFixture> {
  fixtures += 1;
  const names = new TableNames({ prefix: `fixture_${fixtures}` });
  await new Migrator({ database, names, sets: [postgresInboxMigrations] }).up();
  const open = new Set<StoreTransaction>();
  return {
    store: new PostgresInboxStore({ names }),
    executor: database,
    other: new PgDatabase(pool),
    begin: () => beginOn(pool, open),
    elapse: (ms) => elapse(pool, names, ms),
    async drop() {
      await Promise.all([...open].map((transaction) => transaction.rollback()));
    },
  };
}

async function elapse(pool: PostgresTestDatabase['pool'], names: TableNames, ms: number): Promise<void> {
  const { rows } = await pool.query(
    "select table_name, column_name from information_schema.columns where data_type like 'timestamp%' and table_name like $1",
    [`${names.prefix}\\_inbox%`],
  );
  const columns = Map.groupBy(rows, ({ table_name }) => table_name as string);
  for (const table of Object.values(inboxTables(names))) {
    const times = columns.get(table.replaceAll('"', '')) ?? [];
    const shifts = times.map(({ column_name: at }) => `${at} = ${at} - $1::interval`).join(', ');
    if (shifts !== '') await pool.query(`update ${table} set ${shifts}`, [`${ms} milliseconds`]);
  }
}

async function beginOn(pool: PostgresTestDatabase['pool'], open: Set<StoreTransaction>): Promise<StoreTransaction> {
  const client = await pool.connect();
  await client.query('begin');
  const end = async (how: 'commit' | 'rollback') => {
    open.delete(transaction);
    await client.query(how);
    client.release();
  };
  const transaction: StoreTransaction = {
    executor: new PgTransactions().executor(client),
    commit: () => end('commit'),
    rollback: () => end('rollback'),
  };
  open.add(transaction);
  return transaction;
}
