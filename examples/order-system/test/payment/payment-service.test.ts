import { join } from 'node:path';
import { type Envelope, MessageEncoder } from '@holdfast/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { orderPaymentRequested } from '../../src/contracts/order-payment-requested.ts';
import { paymentRefundRequested } from '../../src/contracts/payment-refund-requested.ts';
import { PaymentService } from '../../src/payment/payment-service.ts';
import { ProviderClient } from '../../src/payment/provider-client.ts';
import { openForReading } from '../../src/sqlite/open-database.ts';
import { TestProvider } from '../provider/test-provider.ts';
import { sentAnswers } from '../sent-answers.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const encoder = new MessageEncoder({ source: '/orders' });
const requestedAt = '2027-01-01T00:00:00.000Z';
const request = (orderId: string, { amount = 1_250, customerId = 'c' } = {}): Envelope =>
  encoder.encode(orderPaymentRequested({ orderId, customerId, amount, requestedAt }));
const refund = (orderId: string): Envelope =>
  encoder.encode(paymentRefundRequested({ orderId, reason: 'a test', requestedAt }));

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder[Symbol.dispose]());

const file = (name: string) => join(folder.path, `${name}.sqlite3`);

async function withPayment(
  moods: Parameters<typeof TestProvider.listen>[1],
  work: (payment: PaymentService, provider: TestProvider) => Promise<void>,
): Promise<void> {
  await using provider = await TestProvider.listen(file('provider'), moods);
  const payment = await PaymentService.open({
    file: file('payment'),
    effectsFile: file('effects'),
    provider: new ProviderClient(provider.url),
  });
  try {
    await work(payment, provider);
  } finally {
    await payment.close();
  }
}

/** As a consumer does: what fails comes again. Returns how often it came. */
async function untilHandled(payment: PaymentService, envelope: Envelope): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await payment.handle(envelope, attempt);
      return attempt;
    } catch (error) {
      if (attempt === 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function rows(name: string, sql: string): unknown[] {
  const db = openForReading(file(name));
  try {
    return db.prepare(sql).raw().all();
  } finally {
    db.close();
  }
}

test('an order is charged and paid once, however often its message comes', async () => {
  await withPayment({}, async (payment) => {
    const envelope = request('A');
    expect(await payment.handle(envelope, 1)).toBe('applied');
    expect(await payment.handle(envelope, 2)).toBe('duplicate');
  });
  expect(rows('provider', 'select reference, amount from charge')).toEqual([['A', 1_250]]);
  const [[chargeId] = []] = rows('provider', 'select charge_id from charge') as string[][];
  expect(rows('payment', 'select order_id, amount, charge_id from payment')).toEqual([['A', 1_250, chargeId]]);
});

test.each([
  ['F6.4', 'charged-500'],
  ['F6.3', 'answer-lost'],
  ['F6.3', 'silence'],
] as const)('%s: a charge that was made and ends in %s is found by a lookup, and not made again', async (_id, mood) => {
  await withPayment({ charges: [mood] }, async (payment) => {
    await untilHandled(payment, request('A'));
    expect(await payment.journal.find('A/charge')).toMatchObject({ state: 'done', attempts: 1 });
  });
  expect(rows('provider', 'select reference from charge')).toEqual([['A']]);
  expect(rows('payment', 'select order_id from payment')).toEqual([['A']]);
});

test('F6.4: an error inside a 200 is no charge: it is looked up and made', async () => {
  await withPayment({ charges: ['error-in-200'] }, async (payment) => {
    await untilHandled(payment, request('A'));
    expect(await payment.journal.find('A/charge')).toMatchObject({ state: 'done', attempts: 2 });
  });
  expect(rows('provider', 'select reference from charge')).toEqual([['A']]);
});

test('F6.2: 429 is certainly no charge, and says when to come again', async () => {
  await withPayment({ charges: ['throttled'] }, async (payment) => {
    const envelope = request('A');
    await expect(payment.handle(envelope, 1)).rejects.toMatchObject({
      failureClass: 'overloaded',
      retryAfterMs: 1_000,
    });
    expect(await payment.handle(envelope, 2)).toBe('applied');
  });
});

test('a lookup that fails leaves the charge in doubt until one succeeds', async () => {
  await withPayment({ charges: ['answer-lost'], lookups: ['lookup-500', 'lookup-lost'] }, async (payment) => {
    const envelope = request('A');
    await expect(payment.handle(envelope, 1)).rejects.toMatchObject({ code: 'ERR_INBOX_EFFECT_UNKNOWN' });
    expect(rows('payment', 'select * from payment')).toEqual([]);
    await untilHandled(payment, envelope);
  });
  expect(rows('provider', 'select reference from charge')).toEqual([['A']]);
});

test('F6.1: a provider that takes no connections has certainly not charged', async () => {
  await using provider = await TestProvider.listen(file('provider'));
  const client = new ProviderClient(provider.url);
  await provider[Symbol.asyncDispose]();
  const payment = await PaymentService.open({ file: file('payment'), effectsFile: file('effects'), provider: client });
  await expect(payment.handle(request('A'), 1)).rejects.toMatchObject({ failureClass: 'overloaded' });
  expect(await payment.journal.find('A/charge')).toMatchObject({ state: 'free' });
  await payment.close();
});

test('two messages that ask for the payment of one order make one charge', async () => {
  await withPayment({}, async (payment) => {
    await payment.handle(request('A'), 1);
    await payment.handle(request('A'), 1);
  });
  expect(rows('provider', 'select reference from charge')).toEqual([['A']]);
});

const answers = () => sentAnswers(file('payment'));
const REFUNDS = 'select c.reference, r.amount from refund r join charge c using (charge_id)';

test('a payment is answered each time that it is asked for, and charged once', async () => {
  const first = request('A');
  await withPayment({}, async (payment) => {
    for (const envelope of [first, first, request('A')]) await untilHandled(payment, envelope);
  });
  expect(rows('provider', 'select reference from charge')).toEqual([['A']]);
  const [one, again, ...none] = await answers();
  expect(none).toEqual([]);
  expect(one).toMatchObject({
    type: 'payment.succeeded',
    key: 'A',
    data: { orderId: 'A', amount: 1_250 },
    attributes: { causationid: first.id },
  });
  expect(again?.data['paymentId']).toBe(one?.data['paymentId']);
});

test('S1: a card that is declined is a failed payment and no failure of the service, however often it is asked', async () => {
  const declined = { customerId: 'c-declined' };
  await withPayment({}, async (payment) => {
    for (const envelope of [request('A', declined), request('A', declined), refund('A')]) {
      await untilHandled(payment, envelope);
    }
  });
  expect(rows('provider', 'select * from charge')).toEqual([]);
  expect(await answers()).toMatchObject([
    { type: 'payment.failed', data: { orderId: 'A', amount: 1_250, failureReason: 'card_declined' } },
    { type: 'payment.failed', data: { failureReason: 'card_declined' } },
    { type: 'payment.refunded', data: { paymentId: null, amount: 0 } },
  ]);
});

test('S2: what was charged is given back once, and told each time that it is asked for', async () => {
  await withPayment({}, async (payment) => {
    for (const envelope of [request('A'), refund('A'), refund('A')]) await untilHandled(payment, envelope);
    await untilHandled(payment, request('A'));
  });
  expect(rows('provider', REFUNDS)).toEqual([['A', 1_250]]);
  const [succeeded, refunded, again, refused] = await answers();
  const { paymentId } = succeeded?.data ?? {};
  expect(refunded).toMatchObject({ type: 'payment.refunded', data: { paymentId, amount: 1_250 } });
  expect(again?.data).toMatchObject({ paymentId, amount: 1_250, refundId: refunded?.data['refundId'] });
  expect(refused).toMatchObject({ type: 'payment.failed', data: { failureReason: 'the order was refunded' } });
});

test('S7: a refund that comes before its charge gives nothing back, and the order is never charged', async () => {
  await withPayment({}, async (payment) => {
    for (const envelope of [refund('A'), request('A'), refund('A')]) await untilHandled(payment, envelope);
  });
  expect(rows('provider', 'select * from charge')).toEqual([]);
  expect(await answers()).toMatchObject([
    { type: 'payment.refunded', data: { paymentId: null, amount: 0 } },
    { type: 'payment.failed', data: { failureReason: 'the order was called off before it was charged' } },
    { type: 'payment.refunded', data: { paymentId: null, amount: 0 } },
  ]);
});

test.each([
  ['F6.4', 'charged-500'],
  ['F6.3', 'answer-lost'],
  ['F6.3', 'silence'],
] as const)('%s: a refund that was made and ends in %s is found by a lookup, and not made again', async (_id, mood) => {
  await withPayment({ refunds: [mood] }, async (payment) => {
    await untilHandled(payment, request('A'));
    await untilHandled(payment, refund('A'));
  });
  expect(rows('provider', REFUNDS)).toEqual([['A', 1_250]]);
  expect((await answers()).at(-1)).toMatchObject({ type: 'payment.refunded', data: { amount: 1_250 } });
});

test('S5: a refund that is refused is told as failed, and made when it is asked for again and not refused any more', async () => {
  await withPayment({}, async (payment, provider) => {
    await untilHandled(payment, request('A', { customerId: 'c-unrefundable' }));
    await untilHandled(payment, refund('A'));
    await untilHandled(payment, refund('A'));
    provider.acceptRefunds();
    await untilHandled(payment, refund('A'));
  });
  expect(rows('provider', REFUNDS)).toEqual([['A', 1_250]]);
  expect(await answers()).toMatchObject([
    { type: 'payment.succeeded' },
    { type: 'payment.refund-failed', data: { amount: 1_250, failureReason: 'refund_refused' } },
    { type: 'payment.refund-failed' },
    { type: 'payment.refunded', data: { amount: 1_250 } },
  ]);
});

test('S6: a refund waits for the end of a charge of which nobody knows', async () => {
  await withPayment({ charges: ['answer-lost'], lookups: ['lookup-500', 'lookup-lost'] }, async (payment) => {
    const charge = request('A');
    await expect(payment.handle(charge, 1)).rejects.toMatchObject({ code: 'ERR_INBOX_EFFECT_UNKNOWN' });
    const back = refund('A');
    await expect(payment.handle(back, 1)).rejects.toMatchObject({
      code: 'ERR_ORDER_SYSTEM_CHARGE_UNDER_WAY',
      failureClass: 'overloaded',
    });
    await untilHandled(payment, charge);
    await untilHandled(payment, back);
  });
  expect(rows('provider', REFUNDS)).toEqual([['A', 1_250]]);
});
