import type { Envelope } from '@holdfast/core';

/** What a relay of a library that stores JSON publishes. */
export function payloadEnvelope(id: string, payload: unknown): Envelope {
  const body = Buffer.from(JSON.stringify(payload));
  return { id, source: '/orders', type: 'order.placed', key: null, attributes: {}, body };
}
