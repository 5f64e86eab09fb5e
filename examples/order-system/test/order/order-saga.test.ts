import { scenario } from '@holdfast/saga/scenario';
import { expect, test } from 'vitest';
import { ORDER_SAGA_TIMES, orderSaga } from '../../src/order/order-saga.ts';
import { orderStatusOf } from '../../src/order/order-status.ts';
import * as answers from './order-answers.ts';

const definition = orderSaga();
const { created, createdForReview, paid, declined, refunded, refundRefused, reserved, soldOut } = answers;
const { released, scheduled, undeliverable, calledOff } = answers;
const orderId = 'A-1';

const order = () => scenario(definition).given(created);
const reservedOrder = () => order().given(paid, reserved);

test('an order is paid, set aside, delivered and completed, one after another', () => {
  scenario(definition)
    .when(created)
    .expect({ state: 'payment', sent: ['orderPaymentRequested'], timers: ['payment:timeout'] })
    .when(paid)
    .expect({ state: 'stock', sent: ['orderInventoryRequested'], timers: ['stock:timeout'] })
    .when(reserved)
    .expect({ state: 'delivery', sent: ['orderDeliveryRequested'], timers: ['delivery:timeout'] })
    .when(scheduled)
    .expect({ state: 'completed', sent: ['orderCompleted'], timers: [] });
});

test('S1: payment fails: the order is cancelled, and nobody else hears of it', () => {
  order()
    .when(declined)
    .expect({
      state: 'compensated',
      sent: [{ orderCancelled: { orderId, cancellationReason: 'declined', cancelledAt: '1970-01-01T00:00:00.000Z' } }],
      timers: [],
    });
});

test('S2: stock fails: the money is given back before the order is cancelled', () => {
  order()
    .given(paid)
    .when(soldOut)
    .expect({ state: 'payment:compensating', sent: ['paymentRefundRequested'], timers: ['payment:compensation'] })
    .when(refunded)
    .expect({ state: 'compensated', sent: ['orderCancelled'], timers: [] });
});

test('S3: delivery fails: stock is put back, then the money, then the order is cancelled', () => {
  reservedOrder()
    .when(undeliverable)
    .expect({ state: 'stock:compensating', sent: ['inventoryReleaseRequested'] })
    .when(released)
    .expect({ state: 'payment:compensating', sent: ['paymentRefundRequested'] })
    .when(refunded)
    .expect({ state: 'compensated', sent: ['orderCancelled'] });
});

test('S4: a participant that does not answer costs the order, and what was done before is undone', () => {
  reservedOrder()
    .after(ORDER_SAGA_TIMES.deliveryMs - 1)
    .expect({ state: 'delivery' })
    .after(1)
    .expect({ state: 'stock:compensating', sent: ['inventoryReleaseRequested'] })
    .given(released, refunded)
    .when(undeliverable)
    .expect({ state: 'compensated', sent: [], timers: [] });
});

test('S6: an answer that comes when the order is cancelled is undone, and nobody is told twice of the end', () => {
  reservedOrder()
    .given({ timer: 'delivery:timeout' }, released, refunded)
    .expect({ state: 'compensated' })
    .when(scheduled)
    .expect({ state: 'delivery:compensating', sent: ['deliveryCancelRequested'] })
    .when(calledOff)
    .expect({ state: 'compensated', sent: [], timers: [] });
});

test('S6: a charge whose answer is late is given back, whatever else is under way', () => {
  order()
    .given({ timer: 'payment:timeout' })
    .expect({ state: 'compensated' })
    .when(paid)
    .expect({ state: 'payment:compensating', sent: ['paymentRefundRequested'] })
    .when(refunded)
    .expect({ state: 'compensated', sent: [] });
});

test('S5: a refund that is refused three times waits for a person, who resumes it', () => {
  const again = { timer: 'payment:compensation' } as const;
  order()
    .given(paid, soldOut)
    .when(refundRefused)
    .expect({ state: 'payment:compensating', sent: [], timers: { 'payment:compensation': 60_000 } })
    .given(again, refundRefused, again)
    .when(answers.refundRefused)
    .expect({ state: 'payment:compensation_failed', timers: [] })
    .when({ action: 'resume' })
    .expect({ state: 'payment:compensating', sent: ['paymentRefundRequested'] })
    .when(refunded)
    .expect({ state: 'compensated', sent: ['orderCancelled'] });
});

test('F12.4: an order that nobody could judge at checkout waits, and is carried out or cancelled', () => {
  const held = scenario(definition).when(createdForReview).expect({ state: 'held', sent: [], timers: [] });
  held.when({ action: 'release' }).expect({ state: 'payment', sent: ['orderPaymentRequested'] });
  held.when({ action: 'cancel' }).expect({ state: 'compensated', sent: ['orderCancelled'] });
});

test('a person calls an order off: what is done is undone, and an answer that is under way, too', () => {
  order()
    .given(paid)
    .when({ action: 'cancel' })
    .expect({ state: 'payment:compensating', sent: ['paymentRefundRequested'] })
    .given(refunded)
    .when(reserved)
    .expect({ state: 'stock:compensating', sent: ['inventoryReleaseRequested'] });
});

test('every state of the saga has a status of the order', () => {
  const statuses = [...definition.states.values()].map(({ name, kind }) => [
    name,
    orderStatusOf({ state: name, kind }),
  ]);
  expect(Object.fromEntries(statuses)).toEqual({
    held: 'review',
    payment: 'pending',
    stock: 'paid',
    delivery: 'reserved',
    'delivery:compensating': 'cancelling',
    'delivery:compensation_failed': 'review',
    'stock:compensating': 'cancelling',
    'stock:compensation_failed': 'review',
    'payment:compensating': 'cancelling',
    'payment:compensation_failed': 'review',
    completed: 'completed',
    compensated: 'cancelled',
  });
});
