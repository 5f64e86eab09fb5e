import { Migrator, postgresLeaseMigrations, TableNames } from '@holdfast/sql';
import { PgTransactions } from '@holdfast/sql/pg';
import type { PostgresTestDatabase } from '@holdfast/sql/testing';
import { postgresOutboxMigrations } from '../../src/postgres/migrations.ts';
import { PostgresOutboxStore } from '../../src/postgres/postgres-outbox-store.ts';
import type { OutboxStoreFixture, SenderTransaction } from '../../src/testing/index.ts';

/** So long that no test runs over the border of two slots. */
const LONG_SECONDS = 2_592_000;

let fixtures = 0;

/** Tables of their own in a database that others use too. */
export async function postgresFixture({ database, pool }: PostgresTestDatabase): Promise<OutboxStoreFixture> {
  fixtures += 1;
  const names = new TableNames({ prefix: `fixture_${fixtures}` });
  await new Migrator({ database, names, sets: [postgresLeaseMigrations, postgresOutboxMigrations] }).up();
  const store = new PostgresOutboxStore({ database, names });
  await store.setRetention({ seconds: LONG_SECONDS });
  const query = async (text: string, values: unknown[] = []) => (await pool.query(text, values)).rows[0];
  const open = new Set<SenderTransaction>();
  return {
    store,
    begin: () => beginOn(pool, store, open),
    async now() {
      return Number((await query('select extract(epoch from clock_timestamp()) * 1000 as now')).now);
    },
    async elapse(ms) {
      const interval = [`${ms} milliseconds`];
      await query(`update ${names.table('outbox_log')} set created_at = created_at - $1::interval`, interval);
      await query(`update ${names.table('outbox_delayed')} set due_at = due_at - $1::interval`, interval);
      await query(`update ${names.table('outbox_parked')} set parked_at = parked_at - $1::interval`, interval);
    },
    async elapseRetention() {
      await store.setRetention({ seconds: await secondsThatEnd(query) });
    },
    async changeHistory() {
      await query(`update ${names.table('outbox_lane')} set history = '1/00000001'`);
    },
    async drop() {
      await Promise.all([...open].map((transaction) => transaction.rollback()));
    },
  };
}

/** A retention with which the slot that was written so far is the one to be written next. */
async function secondsThatEnd(query: (text: string) => Promise<{ now: string }>): Promise<number> {
  const now = Number((await query('select extract(epoch from clock_timestamp())::bigint as now')).now);
  const written = Math.floor(now / LONG_SECONDS) % 3;
  for (let seconds = 100_000; ; seconds += 997) {
    const phase = now / seconds - Math.floor(now / seconds);
    if ((Math.floor(now / seconds) + 1) % 3 === written && phase > 0.2 && phase < 0.8) return seconds;
  }
}

async function beginOn(
  pool: PostgresTestDatabase['pool'],
  store: PostgresOutboxStore,
  open: Set<SenderTransaction>,
): Promise<SenderTransaction> {
  const client = await pool.connect();
  await client.query('begin');
  const end = async (how: 'commit' | 'rollback') => {
    open.delete(transaction);
    await client.query(how);
    client.release();
  };
  const transaction: SenderTransaction = {
    append: async (records) => store.append(new PgTransactions().executor(client), records),
    commit: () => end('commit'),
    rollback: () => end('rollback'),
  };
  open.add(transaction);
  return transaction;
}
