import type { OutgoingMessage } from '@holdfast/core';
import { SyncOutbox } from '@holdfast/outbox';
import { BetterSqlite3Transactions } from '@holdfast/sql/better-sqlite3';
import { orderCreated } from '../contracts/order-created.ts';
import { orderInventoryRequested } from '../contracts/order-inventory-requested.ts';
import { orderPaymentRequested } from '../contracts/order-payment-requested.ts';
import type { SqliteHandle } from '../sqlite/open-database.ts';
import type { Order } from './order.ts';
import type { OrderDatabase } from './order-database.ts';

/** What came in, and what became of it. */
export interface Intake {
  readonly lines: number;
  /** Together with the lines of refused orders. */
  readonly rejectedLines: number;
  readonly orders: number;
  readonly refusedOrders: number;
  /** What carried the messages. */
  readonly transport: string;
}

/** Takes orders in. The only writer of the order database's own tables. */
export class OrderService {
  readonly #db: SqliteHandle;
  readonly #outbox: SyncOutbox<SqliteHandle>;
  readonly #insertOrder;
  readonly #insertItem;
  readonly #insertSent;
  #placedCount = 0;

  constructor({ handle, outboxStore }: OrderDatabase) {
    this.#db = handle;
    this.#outbox = new SyncOutbox({
      store: outboxStore,
      transactions: new BetterSqlite3Transactions(),
      source: '/orders',
    });
    this.#insertOrder = handle.prepare("insert into purchase_order values (?, ?, 'accepted', ?, ?)");
    this.#insertItem = handle.prepare('insert into order_item values (?, ?, ?, ?, ?)');
    this.#insertSent = handle.prepare('insert into sent_message (id, type, order_id) values (?, ?, ?)');
  }

  /** Orders that were committed since the start, with a message of each type. */
  get placedCount(): number {
    return this.#placedCount;
  }

  /**
   * Stores orders together with their messages, in one transaction: all of it or nothing. What is in the transaction
   * will be published, whatever happens to this process or to the relay.
   */
  place(orders: readonly Order[]): void {
    const createdAt = new Date().toISOString();
    this.#db
      .transaction(() => {
        for (const order of orders) this.#placeOne(order, createdAt);
      })
      .immediate();
    this.#placedCount += orders.length;
  }

  /** Closes the books of one run. */
  recordIntake({ lines, rejectedLines, orders, refusedOrders, transport }: Intake): void {
    this.#db
      .prepare('insert into intake values (1, ?, ?, ?, ?, ?)')
      .run(lines, rejectedLines, orders, refusedOrders, transport);
  }

  #placeOne(order: Order, createdAt: string): void {
    const { orderId, customerId, totalAmount, items } = order;
    this.#insertOrder.run(orderId, customerId, totalAmount, createdAt);
    for (const [line, { productId, quantity, unitPrice }] of items.entries()) {
      this.#insertItem.run(orderId, line, productId, quantity, unitPrice);
    }
    const messages = messagesOf(order, createdAt);
    const ids = this.#outbox.send(this.#db, messages);
    for (const [index, id] of ids.entries()) this.#insertSent.run(id, messages[index]?.type, orderId);
  }
}

/** The order of this list is the order in which every consumer sees them. */
function messagesOf(order: Order, now: string): readonly OutgoingMessage[] {
  const { orderId, customerId, totalAmount, items } = order;
  return [
    orderCreated({ orderId, customerId, totalAmount, items: [...items], createdAt: now }, { correlationId: orderId }),
    orderPaymentRequested({ orderId, customerId, amount: totalAmount, requestedAt: now }, { correlationId: orderId }),
    orderInventoryRequested(
      { orderId, items: items.map(({ productId, quantity }) => ({ productId, quantity })), requestedAt: now },
      { correlationId: orderId },
    ),
  ];
}
