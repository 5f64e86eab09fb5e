import { join } from 'node:path';
import { PermanentError } from '@holdfast/core';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSendingDatabase, type SendingDatabase } from '../../src/outbox/sending-database.ts';
import { paymentAnswer } from '../../src/payment/payment-answer.ts';
import { PaymentBook } from '../../src/payment/payment-book.ts';
import type { PaymentDecision } from '../../src/payment/payment-decision.ts';
import { PaymentDesk } from '../../src/payment/payment-desk.ts';
import { PaymentOvertakenError } from '../../src/payment/payment-overtaken-error.ts';
import { EFFECTS_TABLES, PAYMENT_TABLES } from '../../src/payment/payment-schema.ts';
import type { ChargeOrder, RefundOrder } from '../../src/payment/provider-client.ts';
import { type PaymentProvider, ProviderEffects } from '../../src/payment/provider-effects.ts';
import { openDatabase, type SqliteHandle } from '../../src/sqlite/open-database.ts';
import { createTables } from '../../src/sqlite/service-database.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const { signal } = new AbortController();
/** Patience for a machine that has much to do. */
const LONG_MS = 60_000;

/** A provider in memory that refuses what it is told to refuse. */
class MemoryProvider implements PaymentProvider {
  readonly charges = new Map<string, { chargeId: string; amount: number; orderId: string }>();
  readonly refunds = new Map<string, { refundId: string; amount: number; chargeId: string }>();
  declines = false;
  refusesRefunds = false;

  async charge({ idempotencyKey, orderId, amount }: ChargeOrder) {
    if (this.declines) throw new PermanentError('Refused: status 402 and "card_declined".');
    const charge = this.charges.get(idempotencyKey) ?? { chargeId: `ch-${idempotencyKey}`, amount, orderId };
    this.charges.set(idempotencyKey, charge);
    return charge;
  }

  async find({ idempotencyKey }: Pick<ChargeOrder, 'idempotencyKey'>) {
    const result = this.charges.get(idempotencyKey);
    return result === undefined ? { happened: false as const } : { happened: true as const, result };
  }

  async refund({ idempotencyKey, chargeId, amount }: RefundOrder) {
    if (this.refusesRefunds) throw new PermanentError('Refused: status 422 and "refund_refused".');
    const refund = this.refunds.get(idempotencyKey) ?? { refundId: `re-${idempotencyKey}`, amount, chargeId };
    this.refunds.set(idempotencyKey, refund);
    return refund;
  }

  async findRefund({ idempotencyKey }: RefundOrder) {
    const result = this.refunds.get(idempotencyKey);
    return result === undefined ? { happened: false as const } : { happened: true as const, result };
  }

  keptFor(order: string): number {
    const charges = [...this.charges.values()].filter(({ orderId }) => orderId === order);
    const ids = new Set(charges.map(({ chargeId }) => chargeId));
    const back = [...this.refunds.values()].filter(({ chargeId }) => ids.has(chargeId));
    return sum(charges) - sum(back);
  }
}

let folder: ReturnType<typeof temporaryFolder>;
let database: SendingDatabase;
let effectsDb: SqliteHandle;
let provider: MemoryProvider;
let book: PaymentBook;
let desk: PaymentDesk;

beforeEach(async () => {
  folder = temporaryFolder();
  database = await openSendingDatabase(join(folder.path, 'payment.sqlite3'), PAYMENT_TABLES);
  effectsDb = openDatabase(join(folder.path, 'effects.sqlite3'), '', 'process-end');
  await createTables(effectsDb, EFFECTS_TABLES);
  provider = new MemoryProvider();
  book = new PaymentBook(database);
  desk = new PaymentDesk(book, new ProviderEffects(provider, effectsDb));
});
afterEach(() => {
  database.handle.close();
  effectsDb.close();
  folder[Symbol.dispose]();
});

/** As the service does it. Returns what it answers. */
function record(decision: PaymentDecision): Promise<string> {
  return database.transactions.transaction(async (tx) => {
    if (decision.isChanged) book.store(decision.payment);
    else book.assertCurrent(decision.payment, tx);
    return paymentAnswer(decision).type;
  });
}

const order = (orderId: string) => ({ orderId, customerId: 'c', amount: 100 });

test('S6: an order that is called off while it is being charged gets its money back, and is not paid', async () => {
  const calledOff = await desk.refund('A', signal);
  const charged = await desk.charge(order('A'), signal);
  expect(await record(calledOff)).toBe('payment.refunded');
  await expect(record(charged)).rejects.toThrow(PaymentOvertakenError);
  expect(await record(await desk.charge(order('A'), signal))).toBe('payment.failed');
  expect(provider.keptFor('A')).toBe(0);
  expect(provider.charges.size).toBe(1);
});

test('S6: when that is refused, the order service hears that there is a payment, so that it can ask for it', async () => {
  const calledOff = await desk.refund('A', signal);
  await desk.charge(order('A'), signal);
  await record(calledOff);
  provider.refusesRefunds = true;
  expect(await record(await desk.charge(order('A'), signal))).toBe('payment.succeeded');
  provider.refusesRefunds = false;
  expect(await record(await desk.refund('A', signal))).toBe('payment.refunded');
  expect(provider.keptFor('A')).toBe(0);
});

test('two requests at the same time that are refused the same thing count one refusal', async () => {
  await record(await desk.charge(order('A'), signal));
  provider.refusesRefunds = true;
  const both = [await desk.refund('A', signal), await desk.refund('A', signal)] as const;
  expect(await record(both[0])).toBe('payment.refund-failed');
  await expect(record(both[1])).rejects.toThrow(PaymentOvertakenError);
});

test('S7: whatever comes how often and in which order, an order is charged once at most, and refunded what it was charged', {
  timeout: LONG_MS,
}, async () => {
  let run = 0;
  const step = fc.record({
    does: fc.constantFrom('decide charge', 'decide refund', 'record', 'forget'),
    which: fc.nat({ max: 5 }),
    isRefusing: fc.boolean(),
    isDeclining: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      run += 1;
      const orderId = `O${run}`;
      const open: PaymentDecision[] = [];
      for (const { does, which, isRefusing, isDeclining } of steps) {
        provider.refusesRefunds = isRefusing;
        provider.declines = isDeclining;
        if (does === 'decide charge') open.push(await desk.charge(order(orderId), signal));
        else if (does === 'decide refund') await desk.refund(orderId, signal).then((one) => open.push(one), underWay);
        else {
          const [decision] = open.splice(which % Math.max(1, open.length), 1);
          if (does === 'record' && decision !== undefined) await record(decision).catch(overtaken);
        }
        expect(provider.keptFor(orderId)).toBeGreaterThanOrEqual(0);
        expect(provider.keptFor(orderId)).toBeLessThanOrEqual(100);
      }
      // What was not recorded comes again; and the order service wants its money back.
      provider.refusesRefunds = false;
      await record(await desk.charge(order(orderId), signal));
      const answered = await record(await desk.refund(orderId, signal));
      // A refusal that nobody has recorded is told once.
      if (answered === 'payment.refund-failed') {
        expect(await record(await desk.refund(orderId, signal))).toBe('payment.refunded');
      }
      expect(provider.keptFor(orderId)).toBe(0);
      expect(await record(await desk.charge(order(orderId), signal))).toBe('payment.failed');
    }),
    { numRuns: 40 },
  );
});

function underWay(error: { readonly code?: string }): void {
  expect(error.code).toBe('ERR_ORDER_SYSTEM_CHARGE_UNDER_WAY');
}

function overtaken(error: unknown): void {
  expect(error).toBeInstanceOf(PaymentOvertakenError);
}

function sum(rows: readonly { readonly amount: number }[]): number {
  return rows.reduce((all, { amount }) => all + amount, 0);
}
