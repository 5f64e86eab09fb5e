import type { Envelope } from '@holdfast/core';

/** What came through the channel between two processes has lost that its attributes have no prototype. */
export function receivedEnvelope(received: Envelope): Envelope {
  return { ...received, attributes: Object.assign(Object.create(null), received.attributes) };
}
