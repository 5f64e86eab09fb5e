import type { StateKind } from '@holdfast/saga';
import { type OrderStatus, orderStatusOf } from '../../order/order-status.ts';
import { type Check, Violations } from '../invariant.ts';

interface OrderRow {
  readonly orderId: string;
  readonly status: OrderStatus;
  readonly state: string | null;
  readonly kind: StateKind | null;
}

/** Every accepted order has come to its end, or is listed as one that needs a person (S1 to S6), and its own row says the same as its saga. */
export const sagasOverOrListed: Check = (db) => {
  const rows = db
    .prepare<[], OrderRow>(
      `select o.order_id as orderId, o.status, s.state, s.kind
       from purchase_order o left join holdfast_saga s on s.saga = 'order' and s.key = o.order_id`,
    )
    .all();
  const counts = { completed: 0, cancelled: 0, review: 0, other: 0 };
  const differing: string[] = [];
  for (const { orderId, status, state, kind } of rows) {
    const expected = state === null || kind === null ? null : orderStatusOf({ state, kind });
    if (status !== expected) differing.push(orderId);
    counts[status in counts ? (status as keyof typeof counts) : 'other'] += 1;
  }
  const { completed, cancelled, review, other } = counts;
  return new Violations()
    .query(
      db,
      'orders without a saga',
      "select order_id from purchase_order o where not exists (select 1 from holdfast_saga s where s.saga = 'order' and s.key = o.order_id)",
    )
    .query(
      db,
      'sagas without an order',
      'select key from holdfast_saga s where not exists (select 1 from purchase_order o where o.order_id = s.key)',
    )
    .query(
      db,
      'sagas that are neither over nor with a person',
      "select key from holdfast_saga where kind in ('active', 'compensating')",
    )
    .query(
      db,
      'sagas that stand still and have timers',
      "select t.key from holdfast_saga_timer t join holdfast_saga s using (saga, key) where s.kind in ('final', 'attention')",
    )
    .add(differing.length, 'orders whose status is not that of their saga', differing.slice(0, 3))
    .add(other, 'orders that are not accounted for')
    .invariant(
      'every order is over, or waits for a person',
      `${count(rows.length)} accepted = ${count(completed)} completed + ${count(cancelled)} cancelled + ${count(review)} with a person`,
    );
};

function count(value: number): string {
  return value.toLocaleString('en');
}
