import type { Envelope } from '@holdfast/core';
import type { SqliteHandle } from '../sqlite/open-database.ts';

/** Part of every consumer's database. */
export const APPLIED_MESSAGES_SCHEMA = `
  create table if not exists applied_message (
    sequence integer primary key autoincrement,
    source text not null,
    id text not null,
    type text not null,
    key text,
    deliveries integer not null default 1,
    unique (id, source)
  ) strict;
`;

/**
 * Which messages a consumer has applied. A small stand-in for an inbox: the row is written in the transaction of the
 * effect, so that both are there or neither.
 */
export class AppliedMessages {
  readonly #add;

  constructor(db: SqliteHandle) {
    this.#add = db.prepare<unknown[], { deliveries: number }>(
      `insert into applied_message (source, id, type, key) values (?, ?, ?, ?)
       on conflict (id, source) do update set deliveries = deliveries + 1
       returning deliveries`,
    );
  }

  /** Whether the message is new. To be called in the transaction of its effect; `false`: it was applied before. */
  add({ source, id, type, key }: Envelope): boolean {
    return this.#add.get(source, id, type, key)?.deliveries === 1;
  }
}
