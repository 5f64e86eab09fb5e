import type { Enqueuer, OutgoingMessage } from '@holdfast/core';
import { Outbox, type SqliteOutboxStore } from '@holdfast/outbox';
import type { SqliteHandle } from '../sqlite/open-database.ts';
import type { ServiceDatabase } from '../sqlite/service-database.ts';
import { SentLog } from './sent-log.ts';

export interface LoggedOutboxOptions {
  readonly store: SqliteOutboxStore;
  /** The CloudEvents `source` of the service: `/orders`. */
  readonly source: string;
}

/** A service's outbox, with a log of what was sent in the same transaction. */
export class LoggedOutbox implements Enqueuer<SqliteHandle> {
  readonly #outbox: Outbox<SqliteHandle>;
  readonly #log: SentLog;

  constructor({ handle, transactions }: ServiceDatabase, { store, source }: LoggedOutboxOptions) {
    this.#outbox = new Outbox({ store, transactions, source });
    this.#log = new SentLog(handle);
  }

  async enqueue(tx: SqliteHandle, messages: readonly OutgoingMessage[]): Promise<void> {
    this.#log.add(messages, await this.#outbox.send(tx, messages));
  }
}
