import { Migrator } from '@holdfast/sql';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { PgDatabase } from '@holdfast/sql/pg';
import Database from 'better-sqlite3';
import pg from 'pg';
import { otherSet, thingSet } from './example-sets.ts';

/* A process of its own: waits for a line on stdin, migrates, and prints how many migrations it applied. */

const [dialect, target] = process.argv.slice(2);
if (target === undefined || (dialect !== 'postgresql' && dialect !== 'sqlite')) {
  throw new Error('Usage: migrating-process.ts postgresql|sqlite <url or file>');
}
const sets = [thingSet(dialect), otherSet(dialect)];
const pool = dialect === 'postgresql' ? new pg.Pool({ connectionString: target }) : undefined;
const database =
  pool === undefined ? new BetterSqlite3Database(new Database(target, { timeout: 10_000 })) : new PgDatabase(pool);

process.stdout.write('ready\n');
process.stdin.once('data', async () => {
  const applied = await new Migrator({ database, sets }).up();
  process.stdout.write(`${applied.length}\n`);
  await pool?.end();
  process.exit();
});
