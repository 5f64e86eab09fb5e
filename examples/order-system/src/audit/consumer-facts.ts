/** What the audit expects of a consumer. Said here again on purpose: a wrong subscription must be noticed. */
export interface ConsumerFacts {
  readonly name: string;
  /** The name that its database is attached by. */
  readonly schema: string;
  readonly types: readonly string[];
  /** The table with one row per effect of a message, when there is one. */
  readonly effects: string | null;
  /** Whether it works on several messages at once, so that those of one order may overtake each other. */
  readonly isConcurrent?: boolean;
}

const REQUESTS = {
  payment: ['order.payment-requested', 'payment.refund-requested'],
  inventory: ['order.inventory-requested', 'inventory.release-requested'],
  delivery: ['order.delivery-requested', 'delivery.cancel-requested'],
} as const;

const ANSWERS = [
  'payment.succeeded',
  'payment.failed',
  'payment.refunded',
  'payment.refund-failed',
  'inventory.reserved',
  'inventory.failed',
  'inventory.released',
  'delivery.scheduled',
  'delivery.failed',
  'delivery.cancelled',
] as const;

const ENDS = ['order.completed', 'order.cancelled'] as const;

export const CONSUMERS: readonly ConsumerFacts[] = [
  { name: 'order', schema: 'main', types: ANSWERS, effects: null },
  {
    name: 'payment',
    schema: 'payment',
    types: REQUESTS.payment,
    effects: 'payment_transaction',
    isConcurrent: true,
  },
  { name: 'inventory', schema: 'inventory', types: REQUESTS.inventory, effects: 'stock_transaction' },
  { name: 'delivery', schema: 'delivery', types: REQUESTS.delivery, effects: 'delivery_transaction' },
  { name: 'notification', schema: 'notification', types: [...ENDS, 'payment.failed'], effects: 'notification' },
  {
    name: 'analytics',
    schema: 'analytics',
    types: ['order.created', ...Object.values(REQUESTS).flat(), ...ANSWERS, ...ENDS, 'product.changed'],
    effects: null,
  },
];

/** The consumer's types as a list for SQL. */
export function typeList({ types }: ConsumerFacts): string {
  return types.map((type) => `'${type}'`).join(', ');
}
