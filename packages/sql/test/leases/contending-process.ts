import { SqliteLeaseStore } from '@holdfast/sql';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import Database from 'better-sqlite3';

/* A process of its own: on a line on stdin, takes and gives back one lease 50 times, and prints its tokens. */

const [file] = process.argv.slice(2);
const handle = new Database(file, { timeout: 10_000 });
const store = new SqliteLeaseStore({ database: new BetterSqlite3Database(handle) });

process.stdout.write('ready\n');
process.stdin.once('data', async () => {
  const tokens: string[] = [];
  while (tokens.length < 50) {
    const lease = await store.acquire({ name: 'lane', holder: String(process.pid), leaseMs: 60_000 });
    if (lease !== null) {
      if (!(await store.renew(lease))) {
        throw new Error('Lost a lease that nobody could take.');
      }
      tokens.push(String(lease.fencingToken));
      await store.release(lease);
    }
  }
  process.stdout.write(`${tokens.join(' ')}\n`);
  process.exit();
});
