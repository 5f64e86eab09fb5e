import { EventRegistry } from '@holdfast/core';
import * as events from './events.ts';

/** The services that the order saga asks. */
export const COMMAND_QUEUES: Readonly<Record<'payment' | 'stock' | 'delivery', EventRegistry>> = {
  payment: new EventRegistry([events.requestPayment, events.refundPayment]),
  stock: new EventRegistry([events.reserveStock, events.releaseStock]),
  delivery: new EventRegistry([events.scheduleDelivery, events.cancelDelivery]),
};

/** What it tells everybody. What no queue binds is not accepted by a broker, and holds back what comes after it. */
export const NOTICES = new EventRegistry([events.orderCompleted, events.orderCancelled, events.orderStuck]);
