import type { Envelope } from '@holdfast/core';

const attributes = Object.freeze({ time: '2026-11-02T09:30:00.000Z', datacontenttype: 'application/json' });

/** What a relay of a library that stores JSON publishes: as many headers as the others. */
export function payloadEnvelope(id: string, payload: unknown): Envelope {
  const body = Buffer.from(JSON.stringify(payload));
  return { id, source: '/orders', type: 'order.placed', key: null, attributes, body };
}
