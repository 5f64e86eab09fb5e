import { Inbox, SqliteInboxStore } from '@holdfast/inbox-dedup';
import { BetterSqlite3TransactionRunner } from '@holdfast/sql/better-sqlite3';
import { chargeOfMessage } from './charge.ts';
import { events, throwFailure } from './inbox-ways.ts';
import type { SqliteInboxFile } from './sqlite-inbox-file.ts';
import { BATCH, given, type Way } from './way.ts';

export const INBOX = 'Inbox.handle';
export const INBOX_100 = 'Inbox.handleBatch of 100';

/** Ours, on a handle of its own. */
export function sqliteInboxWays(file: SqliteInboxFile): readonly Way[] {
  const db = file.open();
  const insert = db.prepare('insert into charge (order_id, customer, cents) values (?, ?, ?)');
  const transactions = new BetterSqlite3TransactionRunner(db);
  const inbox = new Inbox({ consumer: 'payment', store: new SqliteInboxStore(), transactions, events });
  const work = (message: Parameters<typeof chargeOfMessage>[0]) => {
    const { orderId, customer, cents } = chargeOfMessage(message);
    insert.run(orderId, customer, cents);
  };
  return [
    { name: INBOX, batch: 1, concurrency: 1, handle: ([envelope]) => inbox.handle(given(envelope), work) },
    {
      name: INBOX_100,
      batch: BATCH,
      concurrency: 1,
      handle: async (envelopes) => {
        const messages = envelopes.map((envelope) => ({ envelope }));
        throwFailure(await inbox.handleBatch(messages, work));
      },
    },
  ];
}
