import { type Check, numberOf, Violations } from '../invariant.ts';

/** A key made one order, whose answer is kept, and no order that somebody asked for once is there twice (F1.1 to F1.4). */
export const oneOrderPerKey: Check = (db) => {
  const orders = numberOf(db, 'select count(*) from purchase_order where idempotency_key is not null');
  const kept = numberOf(db, 'select count(*) from holdfast_idempotency where status = 201');
  return new Violations()
    .query(
      db,
      'keys with several orders',
      'select idempotency_key from purchase_order group by idempotency_key having count(*) > 1 and idempotency_key is not null',
    )
    .query(
      db,
      'orders that are there twice',
      'select reference from purchase_order group by reference having count(*) > 1',
    )
    .query(
      db,
      'kept answers that do not name the order of their key',
      `select key from holdfast_idempotency k where status = 201 and not exists (select 1 from purchase_order o
         where o.idempotency_key = k.key and o.order_id = json_extract(cast(k.body as text), '$.orderId'))`,
    )
    .query(
      db,
      'orders without a kept answer',
      `select order_id from purchase_order o where idempotency_key is not null and not exists
         (select 1 from holdfast_idempotency k where k.key = o.idempotency_key and k.status = 201)`,
    )
    .invariant(
      'an idempotency key made one order',
      `${orders.toLocaleString('en')} orders over HTTP, ${kept.toLocaleString('en')} answers kept`,
    );
};
