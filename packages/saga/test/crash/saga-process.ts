// A part of the shop as a process of its own, to be killed at any moment.
import { writeSync } from 'node:fs';
import { type EventRegistry, summarizeError } from '@holdfast/core';
import { SeededRandom } from '@holdfast/core/testing';
import { Inbox, type InboxStore, PostgresInboxStore, SqliteInboxStore } from '@holdfast/inbox-dedup';
import { Outbox, PostgresOutboxStore, Relay, SqliteOutboxStore } from '@holdfast/outbox';
import { PostgresSagaStore, SagaRuntime, type SagaStore, SagaWorker, SqliteSagaStore } from '@holdfast/saga';
import { type LeaseStore, PostgresLeaseStore, type TransactionRunner } from '@holdfast/sql';
import { BetterSqlite3Database, BetterSqlite3TransactionRunner } from '@holdfast/sql/better-sqlite3';
import { PgDatabase, PgTransactionRunner } from '@holdfast/sql/pg';
import { SqlTransport } from '@holdfast/transports/sql';
import Database from 'better-sqlite3';
import pg from 'pg';
import { defineOrderSaga } from '../shop/order-saga.ts';
import { type Conduct, Participants } from '../shop/participants.ts';
import { QueueService } from '../shop/queue-service.ts';
import { ScramblingPublisher } from '../shop/scrambling-publisher.ts';
import { COMMAND_QUEUES } from '../shop/shop-queues.ts';
import { CRASH_SAGA } from './crash-saga.ts';

export interface SagaProcessOptions {
  /** The URL of PostgreSQL, or the path of a SQLite file. */
  readonly where: string;
  /** The order service taking its events, its timers, the services that it asks, or the relay of all. */
  readonly role: 'events one by one' | 'events in batches' | 'timers' | 'participants' | 'relay';
}

const { where, role }: SagaProcessOptions = JSON.parse(process.argv[2] ?? '');
const chance = new SeededRandom(process.pid);

/** Written at once: what was said before a kill is read after it. */
const say = (...words: readonly string[]) => writeSync(1, `${words.join(' ')}\n`);

/** A part of the shop that is called again and again; one that fails for a moment, as on a busy file, is told. */
async function forever(work: () => Promise<unknown>): Promise<never> {
  for (;;) {
    try {
      await work();
    } catch (error) {
      say('failed', summarizeError(error));
    }
  }
}

/** What a participant does now: what it undoes fails more often, and a person may have to help. */
function conductOf(command: string): Conduct {
  const n = chance.integer(0, 99);
  if (n < 12) return 'answer twice';
  if (/refund|release|cancel/.test(command)) return n < 45 ? 'fail' : 'succeed';
  if (n < 24) return 'fail';
  if (n < 34) return 'fall silent';
  return n < 42 && command === 'payment.request' ? 'be unclear' : 'succeed';
}

interface Parts<Tx> {
  readonly transactions: TransactionRunner<Tx>;
  readonly inboxStore: InboxStore;
  readonly sagaStore: SagaStore;
  readonly outbox: Outbox<Tx>;
  readonly relay: () => Relay;
  readonly leases: LeaseStore | undefined;
  readonly transport: SqlTransport;
}

async function run<Tx>(parts: Parts<Tx>): Promise<void> {
  const { transactions, outbox, transport, leases } = parts;
  if (role === 'relay') {
    parts.relay().start();
    return;
  }
  const inbox = (consumer: string, events: EventRegistry) =>
    // Processes are killed often here, and no message is to blame for that.
    new Inbox({ consumer, store: parts.inboxStore, transactions, events, outbox, maxUnfinished: 1_000 });
  if (role === 'participants') {
    const participants = new Participants({ transactions, conductOf });
    const services = Object.entries(COMMAND_QUEUES).map(([queue, registry]) => {
      const { work } = participants;
      return new QueueService({ reader: transport.reader(queue), inbox: inbox(queue, registry), work, onFailed });
    });
    return forever(async () => {
      for (const service of services) await service.handle(20, 10);
      if (chance.next() < 0.05) {
        await transactions.transaction((tx) => participants.answerLate(tx, (messages) => outbox.send(tx, messages)));
      }
    });
  }
  const runtime = new SagaRuntime({
    definitions: [defineOrderSaga(CRASH_SAGA)],
    store: parts.sagaStore,
    transactions,
    outbox,
    onEvent: (event) => {
      if (event.type === 'transition') say('moved', event.key, event.to);
      if (event.type === 'timer-failed' || event.type === 'error') say('failed', event.error);
    },
  });
  if (role === 'timers') {
    const worker = new SagaWorker({ runtime, leaseMs: 500, pollMs: 50, ...(leases !== undefined && { leases }) });
    worker.start();
    return;
  }
  const { work, bulk } = runtime;
  const service = new QueueService({
    reader: transport.reader('order'),
    inbox: inbox('order', runtime.events),
    work,
    onFailed,
    ...(role === 'events in batches' && { bulk }),
  });
  return forever(() => service.handle(16, 200));
}

function onFailed(error: unknown): void {
  say('failed', summarizeError(error));
}

function postgresParts(): Parts<unknown> {
  const pool = new pg.Pool({ connectionString: where, max: 4, pipeline: process.pid % 2 === 0 });
  pool.on('error', () => {});
  const database = new PgDatabase(pool);
  const transactions = new PgTransactionRunner(pool) as TransactionRunner<unknown>;
  const store = new PostgresOutboxStore({ database });
  const transport = new SqlTransport({ database });
  return {
    transactions,
    inboxStore: new PostgresInboxStore(),
    sagaStore: new PostgresSagaStore(),
    outbox: new Outbox({ store, transactions, source: '/shop' }),
    relay: () => new Relay({ store, publisher: new ScramblingPublisher(transport, { copies: 2, chance }) }),
    leases: new PostgresLeaseStore({ database }),
    transport,
  };
}

function sqliteParts(): Parts<unknown> {
  const open = () => {
    const handle = new Database(where, { timeout: 10_000 });
    // A kill takes nothing that the operating system has; a power cut would.
    handle.pragma('synchronous = NORMAL');
    return handle;
  };
  const database = new BetterSqlite3Database(open());
  const transactions = new BetterSqlite3TransactionRunner(open()) as unknown as TransactionRunner<unknown>;
  const store = new SqliteOutboxStore({ database });
  const transport = new SqlTransport({ database });
  return {
    transactions,
    inboxStore: new SqliteInboxStore(),
    sagaStore: new SqliteSagaStore(),
    outbox: new Outbox<unknown>({ store, transactions, source: '/shop' }),
    relay: () => new Relay({ store, publisher: new ScramblingPublisher(transport, { copies: 2, chance }) }),
    // One process has the timers of a file.
    leases: undefined,
    transport,
  };
}

// What waits for a queue in a file keeps no process alive.
setInterval(() => {}, 60_000);
say('ready');
await run(where.startsWith('postgres') ? postgresParts() : sqliteParts());
