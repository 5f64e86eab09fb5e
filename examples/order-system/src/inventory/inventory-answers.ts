import type { OutgoingMessage } from '@holdfast/core';
import { inventoryFailed } from '../contracts/inventory-failed.ts';
import { inventoryReleased } from '../contracts/inventory-released.ts';
import { inventoryReserved } from '../contracts/inventory-reserved.ts';
import type { Reservation } from './reservation.ts';

/** What the order service hears when it asks for an order's items, for the first time or again. */
export function reserveAnswer(reservation: Reservation): OutgoingMessage {
  const { reservationId, orderId, status, items, failedItems } = reservation;
  const now = new Date().toISOString();
  if (status === 'reserved') return inventoryReserved({ reservationId, orderId, items: [...items], reservedAt: now });
  const failureReason = status === 'refused' ? 'out of stock' : 'the order was called off';
  return inventoryFailed({ orderId, failureReason, failedItems: [...failedItems], failedAt: now });
}

/** What it hears when it asks to put them back. */
export function releaseAnswer({ reservationId, orderId, status, items }: Reservation): OutgoingMessage {
  const releasedAt = new Date().toISOString();
  return status === 'released'
    ? inventoryReleased({ reservationId, orderId, items: [...items], releasedAt })
    : inventoryReleased({ reservationId: null, orderId, items: [], releasedAt });
}
