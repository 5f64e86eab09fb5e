import { defineEvent, type Handler } from '@holdfast/core';
import { z } from 'zod';

export const orderPlaced = defineEvent('order.placed', {
  versions: { 1: z.object({ orderId: z.string(), cents: z.int() }) },
});

export interface Payments {
  charge(orderId: string, cents: number): Promise<void>;
}

export function chargeCard(payments: Payments): Handler {
  return async (message) => {
    if (!orderPlaced.is(message)) return;
    const { orderId, cents } = message.data;
    await payments.charge(orderId, cents);
  };
}
