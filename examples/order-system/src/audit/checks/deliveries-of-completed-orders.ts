import { type Check, numberOf, Violations } from '../invariant.ts';

/** Every completed order is delivered once, and nothing else is. */
export const deliveriesOfCompletedOrders: Check = (db) => {
  const of = (status: string) => numberOf(db, `select count(*) from delivery.delivery where status = '${status}'`);
  const [scheduled, cancelled, refused] = [of('scheduled'), of('cancelled'), of('refused')];
  return new Violations()
    .query(
      db,
      'completed orders that are not delivered once',
      `select o.order_id from purchase_order o left join delivery.delivery d on d.order_id = o.order_id and d.status = 'scheduled'
       where o.status = 'completed' group by o.order_id having count(d.delivery_id) <> 1`,
    )
    .query(
      db,
      'deliveries of orders that are cancelled, or of no order',
      `select d.order_id from delivery.delivery d left join purchase_order o using (order_id)
       where d.status = 'scheduled' and coalesce(o.status, 'cancelled') = 'cancelled'`,
    )
    .invariant(
      'only completed orders are delivered',
      `${count(scheduled)} deliveries, ${count(cancelled)} called off, ${count(refused)} refused`,
    );
};

function count(value: bigint): string {
  return value.toLocaleString('en');
}
