import type { EventRegistry, Message } from '@holdfast/core';
import type { SqliteHandle } from '../sqlite/open-database.ts';

/** A service that takes events in and has effects in its own database. */
export interface ConsumingService {
  /** Also the name of its queue. */
  readonly name: string;
  /** The events that it takes in. */
  readonly events: EventRegistry;
  /** Its own database, with {@link APPLIED_MESSAGES_SCHEMA} in it. */
  readonly db: SqliteHandle;
  /** The effect of one message. Runs in a transaction that is open. */
  apply(message: Message): void;
}
