import { type Check, numberOf, Violations } from '../invariant.ts';

/** What left the shelves is what orders reserved, product by product, and no shelf is below zero (F12.1, F12.2). */
export const stockConserved: Check = (db) => {
  const reserved = numberOf(db, 'select sum(quantity) from inventory.reservation_item');
  const taken = numberOf(db, 'select sum(initial - on_hand) from inventory.stock');
  const refused = numberOf(db, "select count(*) from inventory.reservation where status = 'refused'");
  return new Violations()
    .query(
      db,
      'products whose stock does not add up',
      `with reserved as (
         select product_id, sum(quantity) as units from inventory.reservation_item group by product_id
       )
       select product_id from inventory.stock left join reserved using (product_id)
       where on_hand < 0 or initial - on_hand <> coalesce(units, 0)`,
    )
    .query(
      db,
      'orders whose reservation is not what they ordered',
      `with ordered as (
         select order_id, product_id, sum(quantity) as units from order_item group by order_id, product_id
       ), set_aside as (
         select r.order_id, i.product_id, sum(i.quantity) as units
         from inventory.reservation r join inventory.reservation_item i using (reservation_id)
         group by r.order_id, i.product_id
       )
       select distinct order_id from (
         select * from (select * from ordered except select * from set_aside)
         union all
         select * from (select * from set_aside except select * from ordered)
       ) where order_id not in (select order_id from inventory.reservation where status = 'refused')`,
    )
    .invariant(
      'stock is conserved',
      `${taken.toLocaleString('en')} units left the shelves, ${reserved.toLocaleString('en')} are reserved` +
        (refused === 0n ? '' : `; ${refused.toLocaleString('en')} orders did not fit the stock`),
    );
};
