import { formatMinorUnits } from '../../orders-input/minor-units.ts';
import { type Check, numberOf, Violations } from '../invariant.ts';

/** What was paid is what was ordered, order by order and in sum. */
export const moneyConserved: Check = (db) => {
  const paid = numberOf(db, 'select sum(amount) from payment.payment');
  const ordered = numberOf(db, 'select sum(total_amount) from purchase_order');
  return new Violations()
    .query(
      db,
      'orders not paid once with their total',
      `select o.order_id from purchase_order o left join payment.payment p using (order_id)
       group by o.order_id having count(p.payment_id) <> 1 or sum(p.amount) <> o.total_amount`,
    )
    .query(
      db,
      'payments without an order',
      `select payment_id from payment.payment p where not exists
         (select 1 from purchase_order o where o.order_id = p.order_id)`,
    )
    .add(paid === ordered ? 0 : 1, 'sum that differs')
    .invariant('money is conserved', `paid ${formatMinorUnits(paid)}, ordered ${formatMinorUnits(ordered)}`);
};
