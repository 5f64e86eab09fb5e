import type { OutgoingMessage } from '@holdfast/core';
import type { SqliteHandle } from '../sqlite/open-database.ts';

/** Part of the database of every service that sends. */
export const SENT_LOG_SCHEMA = `
  -- What was handed to the outbox, in commit order: the audit compares it with what arrived.
  create table if not exists sent_message (
    position integer primary key autoincrement,
    id text not null unique,
    type text not null,
    -- The ordering key: the order, or the product.
    key text
  ) strict;
  create index if not exists sent_message_by_key on sent_message (key);
`;

/** A service's own log of what it has sent, for the audit: an outbox forgets what is published. */
export class SentLog {
  readonly #add;
  readonly #count;

  constructor(db: SqliteHandle) {
    this.#add = db.prepare('insert into sent_message (id, type, key) values (?, ?, ?)');
    this.#count = db.prepare<[], number>('select coalesce(max(position), 0) from sent_message').pluck();
  }

  /** To be called in the transaction that sends them. */
  add(messages: readonly OutgoingMessage[], ids: readonly string[]): void {
    for (const [index, { type, key }] of messages.entries()) this.#add.run(ids[index], type, key ?? null);
  }

  get count(): number {
    return this.#count.get() ?? 0;
  }
}
