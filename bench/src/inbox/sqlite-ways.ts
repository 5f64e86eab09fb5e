import type { Envelope } from '@holdfast/core';
import type { Database } from 'better-sqlite3';
import { chargeOfBody } from './charge.ts';
import { BATCH, type Way } from './way.ts';

export const TRANSACTION = 'raw: one insert in a transaction';
export const TRANSACTION_100 = 'raw: 100 inserts in a transaction';
export const BY_HAND = 'hand-written inbox: insert … on conflict, insert, in a transaction';
export const BY_HAND_100 = 'hand-written inbox, 100 in a transaction';

/** Prepared statements in transactions of the driver. */
export function sqliteHandWrittenWays(db: Database): readonly Way[] {
  const insert = db.prepare('insert into charge (order_id, customer, cents) values (?, ?, ?)');
  const record = db.prepare('insert into hand_written_inbox (source, id) values (?, ?) on conflict do nothing');
  const charge = (message: Envelope) => {
    const { orderId, customer, cents } = chargeOfBody(message);
    insert.run(orderId, customer, cents);
  };
  const chargeOnce = (message: Envelope) => {
    if (record.run(message.source, message.id).changes === 1) charge(message);
  };
  const way = (name: string, batch: number, work: (message: Envelope) => void): Way => {
    const transaction = db.transaction((messages: readonly Envelope[]) => {
      for (const message of messages) work(message);
    });
    return { name, batch, concurrency: 1, handle: async (messages) => transaction.immediate(messages) };
  };
  return [
    way(TRANSACTION, 1, charge),
    way(BY_HAND, 1, chargeOnce),
    way(TRANSACTION_100, BATCH, charge),
    way(BY_HAND_100, BATCH, chargeOnce),
  ];
}
