import { randomUUID } from 'node:crypto';
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

/** What a customer may know of an order. Amounts are in minor units. */
export interface OrderView {
  readonly orderId: string;
  readonly customerId: string;
  readonly reference: string;
  readonly status: string;
  readonly totalAmount: number;
}

interface StoredOrder extends Order {
  readonly reference: string;
  readonly idempotencyKey: string | null;
}

/** Takes orders in. The only writer of the order database's own tables. */
export class OrderService {
  readonly #transactions: OrderDatabase['transactions'];
  readonly #outbox: SyncOutbox<SqliteHandle>;
  readonly #insertOrder;
  readonly #insertItem;
  readonly #insertSent;
  readonly #insertIntake;
  #placedCount = 0;

  constructor({ handle, transactions, outboxStore }: OrderDatabase) {
    this.#transactions = transactions;
    this.#outbox = new SyncOutbox({
      store: outboxStore,
      transactions: new BetterSqlite3Transactions(),
      source: '/orders',
    });
    this.#insertOrder = handle.prepare("insert into purchase_order values (?, ?, 'accepted', ?, ?, ?, ?)");
    this.#insertItem = handle.prepare('insert into order_item values (?, ?, ?, ?, ?)');
    this.#insertSent = handle.prepare('insert into sent_message (id, type, order_id) values (?, ?, ?)');
    this.#insertIntake = handle.prepare('insert into intake values (1, ?, ?, ?, ?, ?)');
  }

  /** Orders that were committed since the start, with a message of each type. */
  get placedCount(): number {
    return this.#placedCount;
  }

  /**
   * Stores orders together with their messages, in one transaction: all of it or nothing. What is in the transaction
   * will be published, whatever happens to this process or to the relay.
   */
  async place(orders: readonly Order[]): Promise<void> {
    await this.#transactions.transaction(async (tx) => {
      for (const order of orders) this.#store(tx, { ...order, reference: order.orderId, idempotencyKey: null });
    });
    this.#placedCount += orders.length;
  }

  /**
   * Stores an order of a request under an id of ours, in the transaction that keeps the answer to the request. To be told of
   * the commit by {@link committed}.
   */
  placeIn(tx: SqliteHandle, order: Order, idempotencyKey: string | null): OrderView {
    const { orderId: reference, customerId, totalAmount } = order;
    const orderId = randomUUID();
    this.#store(tx, { ...order, orderId, reference, idempotencyKey });
    return { orderId, customerId, reference, status: 'accepted', totalAmount };
  }

  /** An order of {@link placeIn} is there. */
  committed(): void {
    this.#placedCount += 1;
  }

  async find(orderId: string): Promise<OrderView | null> {
    const { rows } = await this.#transactions.execute({
      text: 'select customer_id, reference, status, total_amount from purchase_order where order_id = ?1',
      values: [orderId],
    });
    const [row] = rows;
    if (row === undefined) return null;
    return {
      orderId,
      customerId: String(row['customer_id']),
      reference: String(row['reference']),
      status: String(row['status']),
      totalAmount: Number(row['total_amount']),
    };
  }

  /** Closes the books of one run. */
  async recordIntake({ lines, rejectedLines, orders, refusedOrders, transport }: Intake): Promise<void> {
    await this.#transactions.transaction(async () => {
      this.#insertIntake.run(lines, rejectedLines, orders, refusedOrders, transport);
    });
  }

  #store(tx: SqliteHandle, order: StoredOrder): void {
    const { orderId, customerId, totalAmount, items, reference, idempotencyKey } = order;
    const createdAt = new Date().toISOString();
    this.#insertOrder.run(orderId, customerId, totalAmount, createdAt, reference, idempotencyKey);
    for (const [line, { productId, quantity, unitPrice }] of items.entries()) {
      this.#insertItem.run(orderId, line, productId, quantity, unitPrice);
    }
    const messages = messagesOf(order, createdAt);
    const ids = this.#outbox.send(tx, messages);
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
