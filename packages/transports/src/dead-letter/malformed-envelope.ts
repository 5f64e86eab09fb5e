import type { Envelope } from '@holdfast/core';

/** The type of the envelope that stands for something that is none. */
export const malformedType = 'holdfast.malformed';

const MAX_ID_CHARACTERS = 64;
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029\ufeff]/gu;

export interface MalformedOrigin {
  /** What the broker calls the message, or a new id when it has no name. */
  readonly id: string;
  /** The queue that it was found in. */
  readonly queue: string;
}

/**
 * The envelope under which a message is dead-lettered that is not a CloudEvent: its body is the bytes that were found, so
 * that a person can look at them. It is well-formed whatever the broker calls the message.
 */
export function malformedEnvelope(body: Uint8Array, { id, queue }: MalformedOrigin): Envelope {
  const attributes: Record<string, string> = Object.create(null);
  attributes['datacontenttype'] = 'application/octet-stream';
  return {
    id: id.slice(0, MAX_ID_CHARACTERS).replace(UNPRINTABLE, '') || 'nameless',
    source: `/holdfast/queues/${encodeURIComponent(queue.toWellFormed()).slice(0, MAX_ID_CHARACTERS)}`,
    type: malformedType,
    key: null,
    attributes,
    body,
  };
}
