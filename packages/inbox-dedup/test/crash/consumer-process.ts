// A consumer as a process of its own, to be killed at any moment. Tells what it does on stdout, one line each.
import { writeSync } from 'node:fs';
import { type Delivery, failureClassOf, type Message, summarizeError } from '@holdfast/core';
import { type BatchOutcome, Inbox, PostgresInboxStore, SqliteInboxStore, type Work } from '@holdfast/inbox-dedup';
import { Outbox, PostgresOutboxStore, SqliteOutboxStore } from '@holdfast/outbox';
import type { SqlStatement, TransactionRunner } from '@holdfast/sql';
import { BetterSqlite3Database, BetterSqlite3TransactionRunner } from '@holdfast/sql/better-sqlite3';
import { PgDatabase, PgTransactionRunner } from '@holdfast/sql/pg';
import { SqlTransport } from '@holdfast/transports/sql';
import Database from 'better-sqlite3';
import pg from 'pg';
import { events, orderAnswered, orderPlaced } from './crash-events.ts';

export interface ConsumerProcessOptions {
  /** The URL of PostgreSQL, or the path of a SQLite file. */
  readonly where: string;
  /** How it takes the messages of one pull: one after another, all at once, or in one transaction. */
  readonly mode: 'one by one' | 'at once' | 'batch';
  /** What a message does: leave a row, take the last items, or leave a row unless it is the order that ends the process. */
  readonly work: 'effect' | 'stock' | 'poison';
}

const { where, mode, work }: ConsumerProcessOptions = JSON.parse(process.argv[2] ?? '');
const isPostgres = where.startsWith('postgres');

/** Written at once: what was said before a kill is read after it. */
const say = (...words: readonly string[]) => writeSync(1, `${words.join(' ')}\n`);

function orderIdOf(message: Message): string {
  if (!orderPlaced.is(message)) throw new Error('not an order');
  return message.data.orderId;
}

/** One statement with one value, on either database. */
function statement(text: string, value: string): SqlStatement {
  return { text: isPostgres ? text.replaceAll('?1', '$1') : text, values: [value] };
}

function workOf<Tx>(runner: TransactionRunner<Tx>): Work<Tx> {
  if (work === 'stock') {
    return async (message, { tx, send }) => {
      const orderId = orderIdOf(message);
      say('working', orderId);
      const sql = runner.executor(tx);
      const { rowCount } = await sql.execute(
        statement('update stock set n = n - 1 where sku = ?1 and n > 0 returning n', 'a'),
      );
      const table = rowCount === 1 ? 'taken' : 'refused';
      await sql.execute(statement(`insert into ${table} (order_id) values (?1)`, orderId));
      await send(orderAnswered({ orderId, answer: rowCount === 1 ? 'done' : 'sold out' }));
    };
  }
  return async (message, { tx, send }) => {
    const orderId = orderIdOf(message);
    say('working', orderId);
    const sql = runner.executor(tx);
    if (work === 'poison') {
      // So that neighbours are at work when it happens; on SQLite they wait for their turn.
      if (isPostgres) await sql.execute({ text: 'select pg_sleep($1)', values: [orderId === 'poison' ? 0.1 : 0.25] });
      if (orderId === 'poison') process.kill(process.pid, 'SIGKILL');
    }
    await sql.execute(statement('insert into effect (order_id) values (?1)', orderId));
    await send(orderAnswered({ orderId, answer: 'done' }));
  };
}

async function settle(delivery: Delivery, outcome: BatchOutcome): Promise<void> {
  const { id } = delivery.envelope;
  say(outcome.outcome, id);
  try {
    if (outcome.outcome !== 'failed') await delivery.ack();
    else if (failureClassOf(outcome.error) === 'permanent') await delivery.deadLetter(summarizeError(outcome.error));
    else await delivery.retry(20);
  } catch (failure) {
    // The lease was lost, or the database is busy: it comes again.
    say('unsettled', id, summarizeError(failure));
  }
}

async function consume<Tx>(inbox: Inbox<Tx>, runner: TransactionRunner<Tx>, transport: SqlTransport): Promise<void> {
  const reader = transport.reader('payment');
  const doWork = workOf(runner);
  const handle = async ({ envelope, deliveryCount }: Delivery): Promise<BatchOutcome> => {
    try {
      return { outcome: await inbox.handle(envelope, doWork, { attempt: deliveryCount }) };
    } catch (error) {
      return { outcome: 'failed', error };
    }
  };
  const handleAll = (deliveries: readonly Delivery[]): Promise<readonly BatchOutcome[]> => {
    if (mode === 'at once') return Promise.all(deliveries.map(handle));
    return inbox.handleBatch(
      deliveries.map(({ envelope, deliveryCount }) => ({ envelope, attempt: deliveryCount })),
      doWork,
    );
  };
  // Nothing is settled while others are handled: on SQLite a queue in the same file would wait for their transaction, and
  // with it, because the driver is synchronous, the whole process.
  const handleAndSettle = async (deliveries: readonly Delivery[]) => {
    const outcomes = await handleAll(deliveries);
    for (const [index, delivery] of deliveries.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined) throw new Error('an outcome for each message');
      await settle(delivery, outcome);
    }
  };
  for (;;) {
    const deliveries = await pull(() => reader.pull(8, { waitMs: 60_000 }));
    if (mode !== 'one by one') await handleAndSettle(deliveries);
    else for (const delivery of deliveries) await settle(delivery, await handle(delivery));
  }
}

/** A queue that cannot be reached for a moment, as a busy SQLite file, is asked again. */
async function pull(ask: () => Promise<readonly Delivery[]>): Promise<readonly Delivery[]> {
  try {
    return await ask();
  } catch (error) {
    say('unreachable', summarizeError(error));
    return [];
  }
}

async function onPostgres(): Promise<void> {
  const pool = new pg.Pool({ connectionString: where, max: 6, pipeline: process.pid % 2 === 0 });
  pool.on('error', () => {});
  const database = new PgDatabase(pool);
  const transactions = new PgTransactionRunner(pool);
  const outbox = new Outbox({
    store: new PostgresOutboxStore({ database }),
    transactions,
    source: '/payment',
  });
  const inbox = new Inbox({ consumer: 'payment', store: new PostgresInboxStore(), transactions, events, outbox });
  await consume(inbox, transactions, new SqlTransport({ database }));
}

async function onSqlite(): Promise<void> {
  const open = () => {
    const handle = new Database(where, { timeout: 10_000 });
    // A kill takes nothing that the operating system has; a power cut would.
    handle.pragma('synchronous = NORMAL');
    return handle;
  };
  const database = new BetterSqlite3Database(open());
  const transactions = new BetterSqlite3TransactionRunner(open());
  const outbox = new Outbox({ store: new SqliteOutboxStore({ database }), transactions, source: '/payment' });
  const inbox = new Inbox({ consumer: 'payment', store: new SqliteInboxStore(), transactions, events, outbox });
  await consume(inbox, transactions, new SqlTransport({ database }));
}

// A reader that waits for a queue in a file keeps no process alive.
setInterval(() => {}, 60_000);
say('ready');
await (isPostgres ? onPostgres() : onSqlite());
