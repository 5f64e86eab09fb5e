import { defineEvent } from '@holdfast/core';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { crashEverywhere } from '../../src/crash-everywhere/crash-everywhere.ts';
import type { World } from '../../src/kernel/world.ts';

const orderPlaced = defineEvent('order.placed', { versions: { 1: z.object({ orderId: z.string(), cents: z.int() }) } });
const given = orderPlaced({ orderId: 'o-1', cents: 4_200 });

class Ledger {
  readonly charges: { readonly key: string; readonly cents: number }[] = [];

  async charge(cents: number): Promise<void> {
    this.charges.push({ key: '', cents });
  }

  async chargeOnce(key: string, cents: number): Promise<void> {
    if (!this.charges.some((charge) => charge.key === key)) this.charges.push({ key, cents });
  }
}

function ledgerOf(world: World) {
  const ledger = new Ledger();
  world.part({ name: 'payments', counts: () => ({ charges: ledger.charges.length }) });
  return world.port('payments', ledger, { answers: true });
}

test('a handler whose effect has a key takes effect once whatever goes wrong', async () => {
  const result = await crashEverywhere(
    (world) => {
      const ledger = ledgerOf(world);
      return async (message) => {
        if (orderPlaced.is(message)) await ledger.chargeOnce(message.id, message.data.cents);
      };
    },
    { given },
  );
  expect(result.points).toBe(2);
});

test('a handler without a key charges twice', async () => {
  const result = crashEverywhere(
    (world) => {
      const ledger = ledgerOf(world);
      return async (message) => {
        if (orderPlaced.is(message)) await ledger.charge(message.data.cents);
      };
    },
    { given },
  );
  await expect(result).rejects.toThrow("6 of 11");
});
