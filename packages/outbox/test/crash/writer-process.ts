// A service that places orders as fast as it can, to be killed at any moment.
import { Outbox, PostgresOutboxStore, SqliteOutboxStore, SyncOutbox } from '@holdfast/outbox';
import { BetterSqlite3Database, BetterSqlite3Transactions } from '@holdfast/sql/better-sqlite3';
import { PgDatabase, PgTransactTransactions, transact } from '@holdfast/sql/pg';
import Database from 'better-sqlite3';
import pg from 'pg';

const [kind = '', place = '', run = ''] = process.argv.slice(2);
const message = (id: string) => ({ type: 'order.placed', id, key: `key ${id.length % 3}`, data: { id } });

async function onPostgres(url: string): Promise<void> {
  const pool = new pg.Pool({ connectionString: url, max: 4, pipeline: run.endsWith('0') });
  const store = new PostgresOutboxStore({ database: new PgDatabase(pool) });
  const outbox = new Outbox({ store, transactions: new PgTransactTransactions(), source: '/test' });
  const placeOrders = async (worker: number) => {
    for (let order = 0; ; order += 1) {
      const id = `${run}/${worker}/${order}`;
      await transact(pool, async (tx) => {
        await tx.query('insert into orders values ($1)', [id]);
        await outbox.send(tx, message(id));
      });
    }
  };
  await Promise.all([0, 1, 2].map(placeOrders));
}

function onSqlite(file: string): void {
  const handle = new Database(file, { timeout: 5_000 });
  handle.pragma('journal_mode = WAL');
  handle.pragma('synchronous = FULL');
  const store = new SqliteOutboxStore({ database: new BetterSqlite3Database(handle) });
  const outbox = new SyncOutbox({ store, transactions: new BetterSqlite3Transactions(), source: '/test' });
  const placeOrder = handle.transaction((id: string) => {
    handle.prepare('insert into orders values (?)').run(id);
    outbox.send(handle, message(id));
  });
  for (let order = 0; ; order += 1) placeOrder(`${run}/${order}`);
}

process.send?.('ready');
if (kind === 'postgres') await onPostgres(place);
else onSqlite(place);
