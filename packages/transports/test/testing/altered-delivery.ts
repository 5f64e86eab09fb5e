import type { Delivery } from '@holdfast/core';

/** Delegates to `inner`, but for what `changes` says. */
export function alteredDelivery(inner: Delivery, changes: Partial<Delivery>): Delivery {
  return {
    envelope: changes.envelope ?? inner.envelope,
    deliveryCount: changes.deliveryCount ?? inner.deliveryCount,
    get leaseEndsAt() {
      return changes.leaseEndsAt ?? inner.leaseEndsAt;
    },
    ack: changes.ack ?? (() => inner.ack()),
    retry: changes.retry ?? ((delayMs) => inner.retry(delayMs)),
    deadLetter: changes.deadLetter ?? ((reason) => inner.deadLetter(reason)),
    extend: changes.extend ?? ((ms) => inner.extend(ms)),
  };
}
