import { randomUUID } from 'node:crypto';
import type { SqliteHandle } from '../sqlite/open-database.ts';
import { initialStockOf } from './initial-stock.ts';
import type { MissingUnits, Reservation, Units } from './reservation.ts';

interface ReservationRow {
  readonly reservationId: string;
  readonly status: Reservation['status'];
  readonly failedItems: string;
}

/**
 * Shelves and reservations. Each order has one reservation for ever: asking again finds it as it is, and one that was released, or called off
 * before it was asked for, is not made any more. To be used inside of the transaction that records the message.
 */
export class Warehouse {
  readonly #addProduct;
  readonly #onHand;
  readonly #take;
  readonly #find;
  readonly #items;
  readonly #add;
  readonly #addItem;
  readonly #release;

  constructor(db: SqliteHandle) {
    this.#addProduct = db.prepare('insert into stock values (?, ?, ?) on conflict do nothing');
    this.#onHand = db.prepare<[string], number>('select on_hand from stock where product_id = ?').pluck();
    this.#take = db.prepare('update stock set on_hand = on_hand - ? where product_id = ?');
    this.#find = db.prepare<[string], ReservationRow>(
      `select reservation_id as reservationId, status, failed_items as failedItems from reservation where order_id = ?`,
    );
    this.#items = db.prepare<[string], Units>(
      'select product_id as productId, quantity from reservation_item where reservation_id = ? order by product_id',
    );
    this.#add = db.prepare('insert into reservation values (?, ?, ?, ?, ?, null)');
    this.#addItem = db.prepare('insert into reservation_item values (?, ?, ?)');
    this.#release = db.prepare(
      "update reservation set status = 'released', released_at = ? where order_id = ? and status = 'reserved'",
    );
  }

  /** Sets everything aside, or nothing when one product does not suffice (F12.1). */
  reserve(orderId: string, wanted: readonly Units[]): Reservation {
    const known = this.#reservationOf(orderId);
    if (known !== null) return known;
    for (const { productId } of wanted) {
      const initial = initialStockOf(productId);
      this.#addProduct.run(productId, initial, initial);
    }
    const failedItems = wanted.flatMap((units) => this.#missing(units));
    if (failedItems.length > 0) return this.#store(orderId, 'refused', { failedItems });
    for (const { productId, quantity } of wanted) this.#take.run(quantity, productId);
    return this.#store(orderId, 'reserved', { items: wanted });
  }

  /** Puts back what was set aside, once. An order that is not known yet is closed: it gets nothing any more. */
  release(orderId: string): Reservation {
    const known = this.#reservationOf(orderId);
    if (known === null) return this.#store(orderId, 'closed', {});
    if (known.status !== 'reserved') return known;
    for (const { productId, quantity } of known.items) this.#take.run(-quantity, productId);
    this.#release.run(new Date().toISOString(), orderId);
    return { ...known, status: 'released' };
  }

  #missing({ productId, quantity }: Units): readonly MissingUnits[] {
    const availableQuantity = this.#onHand.get(productId) ?? 0;
    return availableQuantity >= quantity ? [] : [{ productId, requestedQuantity: quantity, availableQuantity }];
  }

  #reservationOf(orderId: string): Reservation | null {
    const row = this.#find.get(orderId);
    if (row === undefined) return null;
    const { reservationId, status, failedItems } = row;
    const missing = JSON.parse(failedItems) as readonly MissingUnits[];
    return { reservationId, orderId, status, items: this.#items.all(reservationId), failedItems: missing };
  }

  #store(
    orderId: string,
    status: Reservation['status'],
    { items = [], failedItems = [] }: Partial<Pick<Reservation, 'items' | 'failedItems'>>,
  ): Reservation {
    const reservationId = randomUUID();
    this.#add.run(reservationId, orderId, status, JSON.stringify(failedItems), new Date().toISOString());
    for (const { productId, quantity } of items) this.#addItem.run(reservationId, productId, quantity);
    return { reservationId, orderId, status, items, failedItems };
  }
}
