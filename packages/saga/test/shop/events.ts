import { defineEvent } from '@holdfast/core';
import { z } from 'zod';

const order = z.object({ orderId: z.string() });
const refusal = z.object({ orderId: z.string(), reason: z.string() });
const payment = z.object({ orderId: z.string(), amount: z.int() });
const goods = z.object({ orderId: z.string(), sku: z.string(), quantity: z.int() });

const key = ({ orderId }: { readonly orderId: string }) => orderId;

/** What a customer orders. `customer` is personal: histories do not show it. */
export const orderPlaced = defineEvent('order.placed', {
  versions: {
    1: z.object({
      orderId: z.string(),
      customer: z.string(),
      amount: z.int(),
      sku: z.string(),
      quantity: z.int(),
    }),
  },
  key,
});

export const requestPayment = defineEvent('payment.request', { versions: { 1: payment }, key });
export const refundPayment = defineEvent('payment.refund', { versions: { 1: payment }, key });
export const paymentSucceeded = defineEvent('payment.succeeded', { versions: { 1: order }, key });
export const paymentFailed = defineEvent('payment.failed', { versions: { 1: refusal }, key });
/** The payment service does not know whether the customer was charged. */
export const paymentUnclear = defineEvent('payment.unclear', { versions: { 1: order }, key });
export const paymentRefunded = defineEvent('payment.refunded', { versions: { 1: order }, key });
export const refundFailed = defineEvent('payment.refund-failed', { versions: { 1: refusal }, key });

export const reserveStock = defineEvent('stock.reserve', { versions: { 1: goods }, key });
export const releaseStock = defineEvent('stock.release', { versions: { 1: goods }, key });
export const stockReserved = defineEvent('stock.reserved', { versions: { 1: order }, key });
export const stockFailed = defineEvent('stock.failed', { versions: { 1: refusal }, key });
export const stockReleased = defineEvent('stock.released', { versions: { 1: order }, key });
export const releaseFailed = defineEvent('stock.release-failed', { versions: { 1: refusal }, key });

export const scheduleDelivery = defineEvent('delivery.schedule', { versions: { 1: goods }, key });
export const cancelDelivery = defineEvent('delivery.cancel', { versions: { 1: order }, key });
export const deliveryScheduled = defineEvent('delivery.scheduled', { versions: { 1: order }, key });
export const deliveryFailed = defineEvent('delivery.failed', { versions: { 1: refusal }, key });
export const deliveryCancelled = defineEvent('delivery.cancelled', { versions: { 1: order }, key });
export const cancellationFailed = defineEvent('delivery.cancellation-failed', { versions: { 1: refusal }, key });

export const orderCompleted = defineEvent('order.completed', { versions: { 1: order }, key });
export const orderCancelled = defineEvent('order.cancelled', { versions: { 1: refusal }, key });
/** A compensation failed too often: a person must look. */
export const orderStuck = defineEvent('order.stuck', { versions: { 1: refusal }, key });
