import type { Envelope } from '@holdfast/core';

/** For the demonstration: the delivery service answers late what concerns customers whose ids end with `-late` or `-late-remote`. */
export function isOfLateCustomer({ type, body }: Envelope): boolean {
  if (type !== 'order.delivery-requested') return false;
  const { customerId } = JSON.parse(Buffer.from(body).toString('utf8')) as { readonly customerId: string };
  return /-late(-remote)?$/.test(customerId);
}
