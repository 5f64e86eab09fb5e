import { deliveryCancelRequested } from './delivery-cancel-requested.ts';
import { deliveryCancelled } from './delivery-cancelled.ts';
import { deliveryFailed } from './delivery-failed.ts';
import { deliveryScheduled } from './delivery-scheduled.ts';
import { inventoryFailed } from './inventory-failed.ts';
import { inventoryReleaseRequested } from './inventory-release-requested.ts';
import { inventoryReleased } from './inventory-released.ts';
import { inventoryReserved } from './inventory-reserved.ts';
import { orderCancelled } from './order-cancelled.ts';
import { orderCompleted } from './order-completed.ts';
import { orderCreated } from './order-created.ts';
import { orderDeliveryRequested } from './order-delivery-requested.ts';
import { orderInventoryRequested } from './order-inventory-requested.ts';
import { orderPaymentRequested } from './order-payment-requested.ts';
import { paymentFailed } from './payment-failed.ts';
import { paymentRefundFailed } from './payment-refund-failed.ts';
import { paymentRefundRequested } from './payment-refund-requested.ts';
import { paymentRefunded } from './payment-refunded.ts';
import { paymentSucceeded } from './payment-succeeded.ts';
import { productChanged } from './product-changed.ts';

/** Every event of the system. */
export const ALL_EVENTS = [
  deliveryCancelRequested,
  deliveryCancelled,
  deliveryFailed,
  deliveryScheduled,
  inventoryFailed,
  inventoryReleaseRequested,
  inventoryReleased,
  inventoryReserved,
  orderCancelled,
  orderCompleted,
  orderCreated,
  orderDeliveryRequested,
  orderInventoryRequested,
  orderPaymentRequested,
  paymentFailed,
  paymentRefundFailed,
  paymentRefundRequested,
  paymentRefunded,
  paymentSucceeded,
  productChanged,
] as const;
