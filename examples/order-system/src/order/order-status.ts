import type { StoredSaga } from '@holdfast/saga';

/** What an order's own row says of it. */
export const ORDER_STATUSES = [
  'pending',
  'paid',
  'reserved',
  'completed',
  'cancelling',
  'cancelled',
  'review',
] as const;

export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** How far an order is while a step is under way. */
const BY_STEP: Readonly<Record<string, OrderStatus>> = { payment: 'pending', stock: 'paid', delivery: 'reserved' };

/** The status of an order whose saga is in this state. */
export function orderStatusOf({ state, kind }: Pick<StoredSaga, 'state' | 'kind'>): OrderStatus {
  if (kind === 'final') return state === 'completed' ? 'completed' : 'cancelled';
  if (kind === 'attention') return 'review';
  if (kind === 'compensating') return 'cancelling';
  const [step = ''] = state.split(':');
  return BY_STEP[step] ?? 'pending';
}
