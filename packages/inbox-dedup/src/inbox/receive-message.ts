import { type Envelope, type EventRegistry, integerOption, type Message } from '@holdfast/core';
import type { DeliveryContext } from './delivery-context.ts';
import { messageDigest } from './message-digest.ts';
import type { Received } from './received.ts';

/** Nothing aborts it. */
export const never = new AbortController().signal;

/**
 * Decodes and validates. Touches no database.
 * @throws UnknownEventTypeError, UnknownEventVersionError, SchemaValidationError, MalformedMessageError, MessageTooLargeError
 */
export function receiveMessage(
  events: EventRegistry,
  envelope: Envelope,
  delivery: DeliveryContext & { readonly message?: Message | undefined },
): Received {
  return {
    envelope,
    message: delivery.message ?? events.decode(envelope),
    digest: messageDigest(envelope),
    attempt: integerOption('attempt', delivery.attempt, { min: 1, default: 1 }),
    signal: delivery.signal ?? never,
  };
}
