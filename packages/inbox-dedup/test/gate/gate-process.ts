// A consumer with a sequence gate as a process of its own, to be killed at any moment. Says on stdout what became of messages.
import { writeSync } from 'node:fs';
import { type Delivery, EventRegistry } from '@holdfast/core';
import { Inbox, type InboxStore, PostgresInboxStore, SqliteInboxStore, type Work } from '@holdfast/inbox-dedup';
import type { TransactionRunner } from '@holdfast/sql';
import { BetterSqlite3Database, BetterSqlite3TransactionRunner } from '@holdfast/sql/better-sqlite3';
import { PgDatabase, PgTransactionRunner } from '@holdfast/sql/pg';
import { SqlTransport } from '@holdfast/transports/sql';
import Database from 'better-sqlite3';
import pg from 'pg';
import { stepTaken } from './gate-process-events.ts';

/** The URL of PostgreSQL, or the path of a SQLite file. */
const where = process.argv[2] ?? '';
const isPostgres = where.startsWith('postgres');

function workOn<Tx>(transactions: TransactionRunner<Tx>): Work<Tx> {
  const values = isPostgres ? '($1, $2)' : '(?1, ?2)';
  return async (message, { tx }) => {
    if (!stepTaken.is(message)) throw new Error('not a step');
    await transactions.executor(tx).execute({
      text: `insert into effect (key, step) values ${values}`,
      values: [message.key, BigInt(message.data.step)],
    });
  };
}

async function handle<Tx>(inbox: Inbox<Tx>, work: Work<Tx>, delivery: Delivery): Promise<void> {
  try {
    const outcome = await inbox.handle(delivery.envelope, work, { attempt: delivery.deliveryCount });
    writeSync(1, `${outcome}\n`);
    await delivery.ack();
  } catch {
    await delivery.retry(20).catch(() => {});
  }
}

interface Consuming<Tx> {
  readonly transactions: TransactionRunner<Tx>;
  readonly store: InboxStore;
  readonly transport: SqlTransport;
}

async function run<Tx>({ transactions, store, transport }: Consuming<Tx>): Promise<void> {
  const work = workOn(transactions);
  const gates = { order: { mode: 'in-order', work } } as const;
  const events = new EventRegistry([stepTaken]);
  // Who is killed at random is no poison: three kills in a row of one message would set it aside.
  const inbox = new Inbox({ consumer: 'payment', store, transactions, events, gates, maxUnfinished: 1_000 });
  const reader = transport.reader('steps');
  for (;;) {
    const deliveries = await reader.pull(8, { waitMs: 100 }).catch(() => []);
    const handled = (delivery: Delivery) => handle(inbox, work, delivery);
    // The queue's handle of SQLite waits in this thread: it must not wait for a transaction that this thread has open.
    if (isPostgres) await Promise.all(deliveries.map(handled));
    else for (const delivery of deliveries) await handled(delivery);
    await inbox.releaseReady().catch(() => {});
  }
}

// A reader that waits for a queue in a file keeps no process alive.
setInterval(() => {}, 60_000);

if (isPostgres) {
  const pool = new pg.Pool({ connectionString: where, max: 6 });
  pool.on('error', () => {});
  const transactions = new PgTransactionRunner(pool);
  const transport = new SqlTransport({ database: new PgDatabase(pool) });
  await run({ transactions, store: new PostgresInboxStore(), transport });
} else {
  const open = () => {
    const handle = new Database(where, { timeout: 10_000 });
    handle.pragma('synchronous = NORMAL');
    return handle;
  };
  const transactions = new BetterSqlite3TransactionRunner(open());
  const transport = new SqlTransport({ database: new BetterSqlite3Database(open()) });
  await run({ transactions, store: new SqliteInboxStore(), transport });
}
