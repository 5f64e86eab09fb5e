import type { AnyEventDefinition, Message } from '@holdfast/core';
import type { ParkedEvent } from '../store/parked-event.ts';

/** A message as it is parked. */
export function parkedMessage(message: Message): ParkedEvent {
  const { id, source, type } = message;
  return { id, source, type, message: JSON.stringify(message) };
}

/** A parked message, validated again by what its event is now. @throws SchemaValidationError */
export function unparkedMessage(parked: ParkedEvent, event: AnyEventDefinition): Message {
  const message: Message = JSON.parse(parked.message);
  return { ...message, data: event(message.data as never).data };
}
