import { type Check, numberOf, Violations } from '../invariant.ts';

/** Everything that came in was accepted or rejected, and what was accepted is stored. */
export const ordersAccountedFor: Check = (db) => {
  const intake = db
    .prepare<[], Record<'lines' | 'rejectedLines' | 'orders' | 'refusedOrders', number>>(
      'select lines, rejected_lines as rejectedLines, orders, refused_orders as refusedOrders from intake',
    )
    .get();
  const stored = Number(numberOf(db, 'select count(*) from purchase_order'));
  const items = Number(numberOf(db, 'select count(*) from order_item'));
  const name = 'every line is accepted or rejected, every accepted order stored';
  if (intake === undefined)
    return new Violations().add(1, 'run that did not finish').invariant(name, `${stored} stored`);
  const { lines, rejectedLines, orders, refusedOrders } = intake;
  return new Violations()
    .add(Math.abs(orders - refusedOrders - stored), 'orders differ between accepted and stored')
    .add(Math.abs(lines - rejectedLines - items), 'lines differ between accepted and stored')
    .query(
      db,
      'orders whose items do not make up their total',
      `select order_id from purchase_order o where total_amount is not
         (select sum(quantity * unit_price) from order_item i where i.order_id = o.order_id)`,
    )
    .invariant(
      name,
      `${count(lines)} lines: ${count(items)} accepted in ${count(stored)} orders, ${count(rejectedLines)} rejected`,
    );
};

function count(value: number): string {
  return value.toLocaleString('en');
}
