import type { Inbox, SharedWork } from '@holdfast/inbox-dedup';
import type { SqliteHandle } from '../sqlite/open-database.ts';

/** A service that takes events in and has effects in its own database. */
export interface ConsumingService {
  /** Also the name of its queue. */
  readonly name: string;
  /** The types of the events that it takes in. */
  readonly types: readonly string[];
  /** Makes each message take effect once. */
  readonly inbox: Inbox<SqliteHandle>;
  /** The effect of one message, or of several at once, in the transaction that records them. */
  readonly work: SharedWork<SqliteHandle>;
  close(): void;
}

export interface ConsumingServiceOptions {
  /** How often a message may be started and never end before it is set aside as poison. @default 3 */
  readonly maxUnfinished?: number;
}
