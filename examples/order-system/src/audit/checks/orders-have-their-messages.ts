import { type Check, numberOf, Violations } from '../invariant.ts';

const MESSAGES_PER_ORDER = 3;

/** Orders and messages were committed together (F3.5). */
export const ordersHaveTheirMessages: Check = (db) => {
  const messages = numberOf(db, 'select count(*) from sent_message');
  return new Violations()
    .query(
      db,
      'orders without their messages',
      `select o.order_id from purchase_order o left join sent_message s using (order_id)
       group by o.order_id having count(s.id) <> ${MESSAGES_PER_ORDER} or count(distinct s.type) <> ${MESSAGES_PER_ORDER}`,
    )
    .invariant('every order has its messages', `${messages.toLocaleString('en')} messages committed with their orders`);
};
