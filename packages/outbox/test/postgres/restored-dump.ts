import { postgresOutboxMigrations } from '@holdfast/outbox';
import { Migrator, postgresLeaseMigrations } from '@holdfast/sql';
import { type PostgresTestDatabase, type PostgresTestVersion, postgresTestDatabase } from '@holdfast/sql/testing';
import type pg from 'pg';
import { onTestFinished } from 'vitest';

const tables = [
  'migrations',
  'lease',
  'outbox_destination',
  'outbox_lane',
  'outbox_log',
  'outbox_delayed',
  'outbox_parked',
  'outbox_sequence',
];

/** Whether the server that the dump is restored into has given out fewer or more transaction ids than its source. */
export type RestoredInto = 'a younger server' | 'an older server' | 'the same server';

/** A new database on `version` with all that the outbox has in `source`, values as they are: what pg_dump makes. */
export async function restoredDump(
  source: PostgresTestDatabase,
  version: PostgresTestVersion,
  into: RestoredInto,
): Promise<PostgresTestDatabase> {
  const target = await postgresTestDatabase(version);
  onTestFinished(() => target.drop());
  await new Migrator({
    database: target.database,
    names: target.names,
    sets: [postgresLeaseMigrations, postgresOutboxMigrations],
  }).up();
  if (into === 'a younger server') await makeOlder(source.pool, target.pool);
  if (into === 'an older server') await makeOlder(target.pool, source.pool);
  for (const table of tables) await copy(source.pool, target.pool, `holdfast_${table}`);
  const { rows } = await source.pool.query('select last_value, is_called from holdfast_outbox_position');
  await target.pool.query("select setval('holdfast_outbox_position', $1, $2)", [rows[0].last_value, rows[0].is_called]);
  return target;
}

async function lastXid(pool: pg.Pool): Promise<bigint> {
  const { rows } = await pool.query('select pg_snapshot_xmax(pg_current_snapshot())::text as xid');
  return BigInt(rows[0].xid);
}

/** Burns transaction ids until one server is far ahead of the other, which may be busy with other tests. */
async function makeOlder(older: pg.Pool, younger: pg.Pool): Promise<void> {
  const missing = (await lastXid(younger)) + 60_000n - (await lastXid(older));
  if (missing <= 0n) return;
  await older.query(`do $$ begin for i in 1..${missing} loop perform pg_current_xact_id(); commit; end loop; end $$`);
}

async function copy(from: pg.Pool, to: pg.Pool, table: string): Promise<void> {
  const described = await from.query<{ name: string; type: string }>(
    'select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute ' +
      'where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum',
    [table],
  );
  const columns = described.rows.map(({ name }) => `"${name}"`);
  const read = await from.query({
    text: `select ${columns.map((column) => `${column}::text`).join(', ')} from ${table}`,
    rowMode: 'array',
  });
  await to.query(`delete from ${table}`);
  const values = described.rows.map(({ type }, index) => `c${index}::${type}`);
  const names = columns.map((_column, index) => `c${index}`);
  const arrays = columns.map((_column, index) => `$${index + 1}::text[]`);
  await to.query(
    `insert into ${table} (${columns}) overriding system value select ${values} from unnest(${arrays}) as r(${names})`,
    columns.map((_column, index) => read.rows.map((row) => row[index])),
  );
}
