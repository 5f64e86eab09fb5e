import { type Check, numberOf, Violations } from '../invariant.ts';

/**
 * What left the shelves and did not come back is what completed orders have, product by product, and no shelf is below zero (F12.1, F12.2);
 * nothing is set aside for a cancelled order.
 */
export const stockConserved: Check = (db) => {
  const of = (status: string) =>
    numberOf(
      db,
      `select sum(i.quantity) from inventory.reservation_item i join inventory.reservation r using (reservation_id)
       where r.status = '${status}'`,
    );
  const taken = numberOf(db, 'select sum(initial - on_hand) from inventory.stock');
  const refused = numberOf(db, "select count(*) from inventory.reservation where status = 'refused'");
  return new Violations()
    .query(
      db,
      'products whose stock does not add up',
      `with reserved as (
         select i.product_id, sum(i.quantity) as units
         from inventory.reservation_item i join inventory.reservation r using (reservation_id)
         where r.status = 'reserved' group by i.product_id
       )
       select product_id from inventory.stock left join reserved using (product_id)
       where on_hand < 0 or initial - on_hand <> coalesce(units, 0)`,
    )
    .query(
      db,
      'completed orders whose reservation is not what they ordered',
      `with ordered as (
         select order_id, product_id, sum(quantity) as units from order_item join purchase_order using (order_id)
         where status = 'completed' group by order_id, product_id
       ), set_aside as (
         select r.order_id, i.product_id, sum(i.quantity) as units
         from inventory.reservation r join inventory.reservation_item i using (reservation_id)
         join purchase_order o on o.order_id = r.order_id
         where r.status = 'reserved' and o.status = 'completed' group by r.order_id, i.product_id
       )
       select distinct order_id from (
         select * from (select * from ordered except select * from set_aside)
         union all
         select * from (select * from set_aside except select * from ordered)
       )`,
    )
    .query(
      db,
      'reservations of orders that are cancelled, or of no order',
      `select r.order_id from inventory.reservation r left join purchase_order o using (order_id)
       where r.status = 'reserved' and coalesce(o.status, 'cancelled') = 'cancelled'`,
    )
    .invariant(
      'stock is conserved',
      `${count(taken)} units left the shelves, ${count(of('reserved'))} are reserved, ${count(of('released'))} were put back` +
        (refused === 0n ? '' : `; ${count(refused)} orders did not fit the stock`),
    );
};

function count(value: bigint): string {
  return value.toLocaleString('en');
}
