import { type AnyEventDefinition, type Envelope, EventRegistry, type Message } from '@holdfast/core';
import { type Inbox, sqliteInboxMigrations, type WorkContext } from '@holdfast/inbox-dedup';
import { sqliteOutboxMigrations } from '@holdfast/outbox';
import { Migrator, sqliteLeaseMigrations } from '@holdfast/sql';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { type SimulatedSqlite, type SqliteHandle, SqliteTemplate } from '@holdfast/testkit/sqlite';
import * as shop from '../../../saga/test/shop/events.ts';
import type { World } from '../../src/kernel/world.ts';
import { shopInbox } from '../catalogue/shop-inbox.ts';
import { answersOf, type Ledger } from './fates.ts';

/** More often than an order tries by itself. */
const STUBBORN = 4;

const SCHEMA = `
  create table effect (
    n integer primary key,
    order_id text not null,
    step text not null,
    undone integer not null check (undone in (0, 1)),
    refusals integer not null default 0,
    unique (order_id, step)
  ) strict;
`;

export const participantsTemplate = new SqliteTemplate(async (handle) => {
  handle.exec(SCHEMA);
  const sets = [sqliteLeaseMigrations, sqliteInboxMigrations, sqliteOutboxMigrations];
  await new Migrator({ database: new BetterSqlite3Database(handle), sets }).up();
});

const EVENTS = new EventRegistry([
  shop.requestPayment,
  shop.refundPayment,
  shop.reserveStock,
  shop.releaseStock,
  shop.scheduleDelivery,
  shop.cancelDelivery,
  // Somebody is told, who says nothing.
  shop.orderCompleted,
  shop.orderCancelled,
  shop.orderStuck,
] as readonly AnyEventDefinition[]);

export const COMMAND_TYPES = EVENTS.types;

/** Payment, stock and delivery with an inbox, an outbox and a database. */
export class Participants {
  readonly #world: World;
  readonly #inbox: Inbox<SqliteHandle>;

  constructor(world: World, db: SimulatedSqlite) {
    this.#world = world;
    this.#inbox = shopInbox(db, { events: EVENTS });
  }

  handle(envelope: Envelope, delivery: { readonly attempt: number; readonly signal: AbortSignal }) {
    return this.#inbox.handle(envelope, (message, context) => this.#work(message, context), delivery);
  }

  async #work(message: Message, { tx, send }: WorkContext<SqliteHandle>): Promise<void> {
    const { orderId } = message.data as { readonly orderId: string };
    await send(answersOf(this.#ledger(tx), message.type, orderId));
  }

  #ledger(tx: SqliteHandle): Ledger {
    const changes = (sql: string, ...values: readonly unknown[]) => tx.prepare(sql).run(...values).changes;
    return {
      do: (orderId, step) => {
        const sql = 'insert into effect (order_id, step, undone) values (?, ?, 0) on conflict do nothing';
        if (changes(sql, orderId, step) === 1) return 'new';
        this.#world.see('a command came again');
        return 'again';
      },
      undo: (orderId, step) => {
        tx.prepare('update effect set undone = 1 where order_id = ? and step = ?').run(orderId, step);
      },
      refuses: (orderId) => {
        const sql = `update effect set refusals = refusals + 1 where order_id = ? and step = 'payment' and refusals < ?`;
        return changes(sql, orderId, STUBBORN) === 1;
      },
    };
  }
}
