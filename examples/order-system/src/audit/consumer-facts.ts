import { orderCreated } from '../contracts/order-created.ts';
import { orderInventoryRequested } from '../contracts/order-inventory-requested.ts';
import { orderPaymentRequested } from '../contracts/order-payment-requested.ts';

/** What the audit expects of a consumer. Said here again on purpose: a wrong subscription must be noticed. */
export interface ConsumerFacts {
  /** Also the name that its database is attached by. */
  readonly name: string;
  readonly types: readonly string[];
  /** The table with one row per effect of a message, when there is one. */
  readonly effects: string | null;
}

export const CONSUMERS: readonly ConsumerFacts[] = [
  { name: 'payment', types: [orderPaymentRequested.type], effects: 'payment' },
  { name: 'inventory', types: [orderInventoryRequested.type], effects: 'reservation' },
  {
    name: 'analytics',
    types: [orderCreated.type, orderPaymentRequested.type, orderInventoryRequested.type],
    effects: null,
  },
];

/** The consumer's types as a list for SQL. */
export function typeList({ types }: ConsumerFacts): string {
  return types.map((type) => `'${type}'`).join(', ');
}
