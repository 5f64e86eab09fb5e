import { join } from 'node:path';
import { type Envelope, MessageEncoder } from '@holdfast/core';
import { expect, test } from 'vitest';
import { deliveryCancelRequested } from '../../src/contracts/delivery-cancel-requested.ts';
import { orderDeliveryRequested } from '../../src/contracts/order-delivery-requested.ts';
import { DeliveryService } from '../../src/delivery/delivery-service.ts';
import { openForReading } from '../../src/sqlite/open-database.ts';
import { sentAnswers } from '../sent-answers.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const encoder = new MessageEncoder({ source: '/orders' });
const requestedAt = '2027-01-01T00:00:00.000Z';
const items = [{ productId: 'p', quantity: 1 }];

const request = (orderId: string, customerId = 'c') =>
  encoder.encode(orderDeliveryRequested({ orderId, customerId, items, requestedAt }));
const cancel = (orderId: string) => encoder.encode(deliveryCancelRequested({ orderId, reason: 'a test', requestedAt }));

async function state(envelopes: readonly Envelope[]) {
  using folder = temporaryFolder();
  const file = join(folder.path, 'delivery.sqlite3');
  const delivery = await DeliveryService.open(file);
  const messages = envelopes.map((envelope) => ({ envelope, attempt: 1 }));
  const outcomes = (await delivery.inbox.handleBatch(messages, delivery.work)).map(({ outcome }) => outcome);
  delivery.close();
  const db = openForReading(file);
  const deliveries = db.prepare('select order_id, status from delivery order by 1').raw().all();
  db.close();
  return { outcomes, deliveries, sent: await sentAnswers(file) };
}

test('an order is scheduled once, and answered each time that it is asked for', async () => {
  const first = request('A');
  const { outcomes, deliveries, sent } = await state([first, first, request('A')]);
  expect(outcomes).toEqual(['applied', 'duplicate', 'applied']);
  expect(deliveries).toEqual([['A', 'scheduled']]);
  expect(sent.map(({ type }) => type)).toEqual(['delivery.scheduled', 'delivery.scheduled']);
  expect(sent[1]?.data['deliveryId']).toBe(sent[0]?.data['deliveryId']);
});

test('a customer out of range gets no delivery, and the order service hears why', async () => {
  const { deliveries, sent } = await state([request('A', 'c-remote')]);
  expect(deliveries).toEqual([['A', 'refused']]);
  expect(sent).toMatchObject([{ type: 'delivery.failed', key: 'A', data: { failureReason: 'out of delivery range' } }]);
});

test('a delivery that is called off stays so', async () => {
  const { deliveries, sent } = await state([request('A'), cancel('A'), cancel('A'), request('A')]);
  expect(deliveries).toEqual([['A', 'cancelled']]);
  const { deliveryId } = sent[0]?.data ?? {};
  expect(sent).toMatchObject([
    { type: 'delivery.scheduled' },
    { type: 'delivery.cancelled', data: { deliveryId } },
    { type: 'delivery.cancelled', data: { deliveryId } },
    { type: 'delivery.failed', data: { failureReason: 'the order was called off' } },
  ]);
});

test('S7: one that is called off before it is asked for is never made', async () => {
  const { deliveries, sent } = await state([cancel('A'), request('A'), cancel('A')]);
  expect(deliveries).toEqual([['A', 'closed']]);
  expect(sent).toMatchObject([
    { type: 'delivery.cancelled', data: { deliveryId: null } },
    { type: 'delivery.failed' },
    { type: 'delivery.cancelled', data: { deliveryId: null } },
  ]);
});
