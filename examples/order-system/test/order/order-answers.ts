import { deliveryCancelled } from '../../src/contracts/delivery-cancelled.ts';
import { deliveryFailed } from '../../src/contracts/delivery-failed.ts';
import { deliveryScheduled } from '../../src/contracts/delivery-scheduled.ts';
import { inventoryFailed } from '../../src/contracts/inventory-failed.ts';
import { inventoryReleased } from '../../src/contracts/inventory-released.ts';
import { inventoryReserved } from '../../src/contracts/inventory-reserved.ts';
import { orderCreated } from '../../src/contracts/order-created.ts';
import { paymentFailed } from '../../src/contracts/payment-failed.ts';
import { paymentRefundFailed } from '../../src/contracts/payment-refund-failed.ts';
import { paymentRefunded } from '../../src/contracts/payment-refunded.ts';
import { paymentSucceeded } from '../../src/contracts/payment-succeeded.ts';

const orderId = 'A-1';
const at = '2027-01-01T00:00:00.000Z';
const items = [{ productId: 'p', quantity: 2 }];

/** What an order's saga hears, all about one order. */
export const created = orderCreated({
  orderId,
  customerId: 'c',
  totalAmount: 1_250,
  items: [{ productId: 'p', quantity: 2, unitPrice: 625 }],
  createdAt: at,
});
export const createdForReview = orderCreated({ ...created.data, requiresManualReview: true });
export const paid = paymentSucceeded({ paymentId: 'pay', orderId, amount: 1_250, processedAt: at });
export const declined = paymentFailed({
  paymentId: 'pay',
  orderId,
  amount: 1_250,
  failureReason: 'declined',
  failedAt: at,
});
export const refunded = paymentRefunded({ refundId: 'r', paymentId: 'pay', orderId, amount: 1_250, refundedAt: at });
export const refundRefused = paymentRefundFailed({
  paymentId: 'pay',
  orderId,
  amount: 1_250,
  failureReason: 'refused',
  failedAt: at,
});
export const reserved = inventoryReserved({ reservationId: 'res', orderId, items, reservedAt: at });
export const soldOut = inventoryFailed({ orderId, failureReason: 'out of stock', failedItems: [], failedAt: at });
export const released = inventoryReleased({ reservationId: 'res', orderId, items, releasedAt: at });
export const scheduled = deliveryScheduled({ deliveryId: 'd', orderId, scheduledAt: at });
export const undeliverable = deliveryFailed({ orderId, failureReason: 'out of range', failedAt: at });
export const calledOff = deliveryCancelled({ deliveryId: 'd', orderId, cancelledAt: at });
