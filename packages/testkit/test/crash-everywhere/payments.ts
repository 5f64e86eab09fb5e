import { defineEvent, type Handler } from '@holdfast/core';
import { z } from 'zod';
import { SimulatedService } from '../../src/externals/simulated-service.ts';
import type { World } from '../../src/kernel/world.ts';

export const orderPlaced = defineEvent('order.placed', {
  versions: { 1: z.object({ orderId: z.string(), cents: z.int() }) },
});

export const given = orderPlaced({ orderId: 'o-1', cents: 4_200 });

/** A provider that knows idempotency keys, for who sends one. */
export class Provider {
  readonly charges: { readonly key: string | null; readonly cents: number }[] = [];

  async charge(cents: number, key: string | null = null): Promise<void> {
    if (key === null || !this.charges.some((charge) => charge.key === key)) this.charges.push({ key, cents });
  }

  async has(key: string): Promise<boolean> {
    return this.charges.some((charge) => charge.key === key);
  }
}

export function paymentsOf(world: World): Provider {
  const provider = new Provider();
  const counts = () => ({ charges: provider.charges.length });
  return new SimulatedService(world, 'payments', { api: provider, counts, except: ['charges'] }).api;
}

/** A handler of orders, from what it does with one. */
export function onOrder(work: (order: { orderId: string; cents: number }, id: string) => Promise<void>): Handler {
  return async (message) => {
    if (orderPlaced.is(message)) await work(message.data, message.id);
  };
}
