import { type Check, numberOf, Violations } from '../invariant.ts';

const ENDS = [
  ['completed', 'order.completed'],
  ['cancelled', 'order.cancelled'],
] as const;

/** Orders and what is told of them were committed together (F3.5): that there is one, and, once, how it ended. */
export const ordersHaveTheirMessages: Check = (db) => {
  const messages = numberOf(db, 'select count(*) from sent_message');
  const violations = new Violations().query(
    db,
    'orders that were not announced once',
    `select o.order_id from purchase_order o left join sent_message s on s.key = o.order_id and s.type = 'order.created'
     group by o.order_id having count(s.id) <> 1`,
  );
  for (const [status, type] of ENDS) {
    violations.query(
      db,
      `orders that are ${status} and not told to be, once`,
      `select o.order_id from purchase_order o left join sent_message s on s.key = o.order_id and s.type = '${type}'
       where o.status = '${status}' group by o.order_id having count(s.id) <> 1`,
    );
  }
  return violations
    .query(
      db,
      'orders that were told to be over, and are not, or otherwise',
      `select s.key from sent_message s left join purchase_order o on o.order_id = s.key
       where (s.type = 'order.completed' and o.status is not 'completed')
         or (s.type = 'order.cancelled' and o.status not in ('cancelled', 'cancelling', 'review'))`,
    )
    .invariant('every order has its messages', `${messages.toLocaleString('en')} messages of the order service`);
};
