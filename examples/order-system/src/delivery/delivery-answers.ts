import type { OutgoingMessage } from '@holdfast/core';
import { deliveryCancelled } from '../contracts/delivery-cancelled.ts';
import { deliveryFailed } from '../contracts/delivery-failed.ts';
import { deliveryScheduled } from '../contracts/delivery-scheduled.ts';
import type { Delivery } from './delivery.ts';

/** What the order service hears when it asks for a delivery, for the first time or again. */
export function scheduleAnswer({ deliveryId, orderId, status, failureReason }: Delivery): OutgoingMessage {
  const now = new Date().toISOString();
  return status === 'scheduled'
    ? deliveryScheduled({ deliveryId, orderId, scheduledAt: now })
    : deliveryFailed({ orderId, failureReason: failureReason ?? 'the order was called off', failedAt: now });
}

/** What it hears when it calls one off. */
export function cancelAnswer({ deliveryId, orderId, status }: Delivery): OutgoingMessage {
  const cancelledAt = new Date().toISOString();
  return deliveryCancelled({ deliveryId: status === 'cancelled' ? deliveryId : null, orderId, cancelledAt });
}
