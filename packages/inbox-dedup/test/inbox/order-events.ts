import { defineEvent, type Envelope, EventRegistry, MessageEncoder } from '@holdfast/core';
import { z } from 'zod';

export const orderPlaced = defineEvent('order.placed', {
  versions: { 1: z.object({ orderId: z.string(), cents: z.int() }) },
  key: (order) => order.orderId,
});

export const events = new EventRegistry([orderPlaced]);

const encoder = new MessageEncoder({ source: '/orders' });

export interface OrderMessage {
  readonly id?: string;
  readonly orderId?: string;
  readonly cents?: number;
  readonly traceparent?: string;
}

export function orderEnvelope({ id, orderId = 'o1', cents = 100, traceparent }: OrderMessage = {}): Envelope {
  return encoder.encode(orderPlaced({ orderId, cents }, id === undefined ? {} : { id }), traceparent);
}
