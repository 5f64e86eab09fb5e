import { InvalidOptionError } from '../errors/invalid-option-error.ts';
import { UnknownEventTypeError } from '../errors/unknown-event-type-error.ts';
import type { AnyEventDefinition } from './define-event.ts';
import type { Envelope } from './envelope.ts';
import type { Message } from './message.ts';
import { type MessageLimits, messageLimits } from './message-limits.ts';

export interface EventRegistryOptions {
  readonly limits?: Partial<MessageLimits>;
}

/** The events that a receiver knows. */
export class EventRegistry {
  readonly #definitions = new Map<string, AnyEventDefinition>();
  readonly #limits: MessageLimits;

  /** @throws InvalidOptionError when two definitions have one type */
  constructor(definitions: readonly AnyEventDefinition[], options: EventRegistryOptions = {}) {
    this.#limits = messageLimits(options.limits);
    for (const definition of definitions) {
      if (this.#definitions.has(definition.type)) {
        throw new InvalidOptionError('definitions', definition.type, 'each event type once');
      }
      this.#definitions.set(definition.type, definition);
    }
  }

  /** The event types, to bind a queue to. */
  get types(): readonly string[] {
    return [...this.#definitions.keys()];
  }

  /**
   * A received message, upcast to the newest version and validated. @throws UnknownEventTypeError,
   * UnknownEventVersionError, SchemaValidationError, MalformedMessageError, MessageTooLargeError
   */
  decode(envelope: Envelope): Message {
    const definition = this.#definitions.get(envelope.type);
    if (definition === undefined) throw new UnknownEventTypeError(String(envelope.type));
    return definition.decode(envelope, this.#limits);
  }
}
