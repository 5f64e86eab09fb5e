import { randomUUID } from 'node:crypto';
import type { SqliteHandle } from '../sqlite/open-database.ts';
import type { Delivery } from './delivery.ts';
import { undeliverable } from './delivery-range.ts';

/**
 * The deliveries, one per order for ever: asking again finds it as it is, and one that was called off is not made any more. To be used inside of
 * the transaction that records the message.
 */
export class DeliveryPlan {
  readonly #find;
  readonly #add;
  readonly #cancel;

  constructor(db: SqliteHandle) {
    this.#find = db.prepare<[string], Delivery>(
      `select delivery_id as deliveryId, order_id as orderId, status, failure_reason as failureReason
       from delivery where order_id = ?`,
    );
    this.#add = db.prepare('insert into delivery values (?, ?, ?, ?, ?, null)');
    this.#cancel = db.prepare(
      "update delivery set status = 'cancelled', cancelled_at = ? where order_id = ? and status = 'scheduled'",
    );
  }

  schedule(orderId: string, customerId: string): Delivery {
    const failureReason = undeliverable(customerId);
    return (
      this.#find.get(orderId) ?? this.#store(orderId, failureReason === null ? 'scheduled' : 'refused', failureReason)
    );
  }

  /** An order that is not known yet is closed: nothing of it is delivered any more. */
  cancel(orderId: string): Delivery {
    const known = this.#find.get(orderId);
    if (known === undefined) return this.#store(orderId, 'closed', null);
    if (known.status !== 'scheduled') return known;
    this.#cancel.run(new Date().toISOString(), orderId);
    return { ...known, status: 'cancelled' };
  }

  #store(orderId: string, status: Delivery['status'], failureReason: string | null): Delivery {
    const delivery = { deliveryId: randomUUID(), orderId, status, failureReason };
    this.#add.run(delivery.deliveryId, orderId, status, failureReason, new Date().toISOString());
    return delivery;
  }
}
