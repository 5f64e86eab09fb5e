import { formatMinorUnits } from '../../orders-input/minor-units.ts';
import { type Check, numberOf, Violations } from '../invariant.ts';

/** What payment keeps of an order: what was charged and not given back. */
const KEPT = 'case when p.charge_id is null then 0 else p.amount - p.refunded_amount end';

/** A completed order is paid, once and to the cent; of a cancelled one nothing is kept; and so it is in sum. */
export const moneyConserved: Check = (db) => {
  const charged = numberOf(db, 'select sum(amount) from payment.payment where charge_id is not null');
  const refunded = numberOf(db, 'select sum(refunded_amount) from payment.payment');
  const completed = numberOf(db, "select sum(total_amount) from purchase_order where status = 'completed'");
  const open = numberOf(
    db,
    `select sum(${KEPT}) from payment.payment p join purchase_order o using (order_id)
     where o.status not in ('completed', 'cancelled')`,
  );
  return new Violations()
    .query(
      db,
      'completed orders not paid once with their total',
      `select o.order_id from purchase_order o left join payment.payment p using (order_id) where o.status = 'completed'
       group by o.order_id having count(p.payment_id) <> 1 or sum(${KEPT}) <> o.total_amount or max(p.state) <> 'paid'`,
    )
    .query(
      db,
      'cancelled orders of which money is kept',
      `select o.order_id from purchase_order o join payment.payment p using (order_id) where o.status = 'cancelled'
       group by o.order_id having sum(${KEPT}) <> 0 or max(p.state) = 'paid'`,
    )
    .query(
      db,
      'payments without an order',
      `select payment_id from payment.payment p where not exists
         (select 1 from purchase_order o where o.order_id = p.order_id)`,
    )
    .add(charged - refunded === completed + open ? 0 : 1, 'sum that differs')
    .invariant(
      'money is conserved',
      `charged ${formatMinorUnits(charged)} − given back ${formatMinorUnits(refunded)} = completed ` +
        `${formatMinorUnits(completed)}${open === 0n ? '' : ` + ${formatMinorUnits(open)} of orders with a person`}`,
    );
};
