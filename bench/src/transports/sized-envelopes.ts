import { type Envelope, MessageEncoder } from '@holdfast/core';

export interface SizedEnvelopesOptions {
  readonly count: number;
  /** Of each body. */
  readonly bytes: number;
}

/** Messages with ids of their own and bodies of exactly this size, made before anything is measured. */
export function sizedEnvelopes({ count, bytes }: SizedEnvelopesOptions): readonly Envelope[] {
  const encoder = new MessageEncoder({ source: '/orders' });
  const frame = JSON.stringify({ orderId: 'order-1', note: '' }).length;
  const data = { orderId: 'order-1', note: 'x'.repeat(bytes - frame) };
  return Array.from({ length: count }, () => encoder.encode({ type: 'order.placed', data }));
}
