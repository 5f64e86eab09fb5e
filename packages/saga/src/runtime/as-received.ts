import type { AnyEventDefinition, Message, OutgoingMessage } from '@holdfast/core';
import { receivedMessage, type Sending } from './received-message.ts';

/** Its source is that of a message that was not sent. */
export interface Reception extends Sending {
  readonly event: AnyEventDefinition;
}

/** A message as a receiver gets it: through JSON and through its event's schema. @throws SchemaValidationError */
export function asReceived(given: Message | OutgoingMessage, { event, ...sending }: Reception): Message {
  const message =
    'attributes' in given
      ? { ...given, data: JSON.parse(JSON.stringify(given.data) ?? 'null') }
      : receivedMessage(given, sending);
  return { ...message, data: event(message.data as never).data };
}
