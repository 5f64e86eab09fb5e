import { randomUUID } from 'node:crypto';
import { orderCreated } from '../contracts/order-created.ts';
import type { SqliteHandle } from '../sqlite/open-database.ts';
import type { Checkout } from './checkout.ts';
import type { Order } from './order.ts';
import type { OrderDatabase } from './order-database.ts';
import type { OrderSagas } from './order-sagas.ts';
import type { OrderStatus } from './order-status.ts';

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
  readonly status: OrderStatus;
  readonly totalAmount: number;
}

/** An order of a request. */
export interface RequestedOrder {
  readonly order: Order;
  readonly idempotencyKey: string | null;
  readonly requiresManualReview: boolean;
}

interface StoredOrder extends RequestedOrder {
  readonly reference: string;
}

export interface OrderServiceParts {
  readonly sagas: OrderSagas;
  readonly checkout: Checkout;
}

/** Takes orders in: an order, the beginning of its saga, and the messages of both are there together, or none of it. */
export class OrderService {
  readonly #transactions: OrderDatabase['transactions'];
  readonly #sagas: OrderSagas;
  readonly #checkout: Checkout;
  readonly #insertOrder;
  readonly #insertItem;
  readonly #insertIntake;
  #placedCount = 0;

  constructor({ handle, transactions }: Pick<OrderDatabase, 'handle' | 'transactions'>, parts: OrderServiceParts) {
    this.#transactions = transactions;
    this.#sagas = parts.sagas;
    this.#checkout = parts.checkout;
    this.#insertOrder = handle.prepare('insert into purchase_order values (?, ?, ?, ?, ?, ?, ?, ?)');
    this.#insertItem = handle.prepare('insert into order_item values (?, ?, ?, ?, ?)');
    this.#insertIntake = handle.prepare('insert into intake values (1, ?, ?, ?, ?, ?)');
  }

  /** Orders that were committed since the start. */
  get placedCount(): number {
    return this.#placedCount;
  }

  /** Whether a person has to look at an order before it is carried out: nobody could say whether there are such products. */
  requiresManualReview(order: Order): Promise<boolean> {
    return this.#checkout.requiresManualReview(order);
  }

  /**
   * Stores orders and begins their sagas, in one transaction: all of it or nothing. What is in the transaction will be carried out, whatever
   * happens to this process or to others.
   */
  async place(orders: readonly Order[]): Promise<void> {
    const stored = await Promise.all(
      orders.map(async (order): Promise<StoredOrder> => {
        const requiresManualReview = await this.requiresManualReview(order);
        return { order, reference: order.orderId, idempotencyKey: null, requiresManualReview };
      }),
    );
    await this.#transactions.transaction((tx) => this.#store(tx, stored));
    this.#placedCount += orders.length;
  }

  /**
   * Stores an order of a request under an id of ours, in the transaction that keeps the answer to the request. To be told of
   * the commit by {@link committed}.
   */
  async placeIn(tx: SqliteHandle, requested: RequestedOrder): Promise<OrderView> {
    const { orderId: reference, customerId, totalAmount } = requested.order;
    const orderId = randomUUID();
    await this.#store(tx, [{ ...requested, order: { ...requested.order, orderId }, reference }]);
    const status = requested.requiresManualReview ? 'review' : 'pending';
    return { orderId, customerId, reference, status, totalAmount };
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
      status: String(row['status']) as OrderStatus,
      totalAmount: Number(row['total_amount']),
    };
  }

  /** Closes the books of one run. */
  async recordIntake({ lines, rejectedLines, orders, refusedOrders, transport }: Intake): Promise<void> {
    await this.#transactions.transaction(async () => {
      this.#insertIntake.run(lines, rejectedLines, orders, refusedOrders, transport);
    });
  }

  async #store(tx: SqliteHandle, orders: readonly StoredOrder[]): Promise<void> {
    const createdAt = new Date().toISOString();
    for (const order of orders) this.#insert(order, createdAt);
    const created = orders.map(({ order: { orderId, customerId, totalAmount, items }, requiresManualReview }) =>
      orderCreated(
        { orderId, customerId, totalAmount, items: [...items], createdAt, requiresManualReview },
        { id: randomUUID(), correlationId: orderId },
      ),
    );
    await this.#sagas.begin(tx, created);
  }

  #insert({ order, reference, idempotencyKey, requiresManualReview }: StoredOrder, createdAt: string): void {
    const { orderId, customerId, totalAmount, items } = order;
    const review = requiresManualReview ? 1 : 0;
    this.#insertOrder.run(
      orderId,
      customerId,
      'pending' satisfies OrderStatus,
      totalAmount,
      createdAt,
      reference,
      idempotencyKey,
      review,
    );
    for (const [line, { productId, quantity, unitPrice }] of items.entries()) {
      this.#insertItem.run(orderId, line, productId, quantity, unitPrice);
    }
  }
}
