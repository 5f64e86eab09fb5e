import { type Envelope, MessageEncoder, type OutgoingMessage } from '@holdfast/core';

/** What an order service would send: some fields, some items; 512 bytes as JSON. */
export function orderMessage(number: number, key?: string): OutgoingMessage {
  const data = {
    orderId: `order-${String(number).padStart(9, '0')}`,
    customerId: `customer-${String(number % 9_973).padStart(6, '0')}`,
    status: 'placed',
    currency: 'EUR',
    totalCents: 10_000 + (number % 90_000),
    placedAt: '2026-11-02T09:30:00.000Z',
    items: [
      { sku: 'A-1041', title: 'Espresso cup, white', quantity: 2, cents: 890 },
      { sku: 'B-2207', title: 'Saucer, white', quantity: 2, cents: 490 },
      { sku: 'C-9150', title: 'Beans, 1 kg', quantity: 1, cents: 2_190 },
    ],
    delivery: { name: 'A. Customer', street: 'Long Street 12', city: 'Springfield', country: 'DE' },
    note: 'leave it at the door, or with a neighbour',
  };
  return key === undefined ? { type: 'order.placed', data } : { type: 'order.placed', data, key };
}

/** Made once, for what compares without the work of encoding. */
export function orderEnvelopes(count: number, keyOf: (number: number) => string | undefined): readonly Envelope[] {
  const encoder = new MessageEncoder({ source: '/orders' });
  return Array.from({ length: count }, (_, number) => encoder.encode(orderMessage(number, keyOf(number))));
}
