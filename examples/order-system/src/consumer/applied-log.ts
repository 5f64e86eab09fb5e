import type { Message } from '@holdfast/core';
import type { SqliteHandle } from '../sqlite/open-database.ts';

/** Part of every consumer's database. */
export const APPLIED_LOG_SCHEMA = `
  create table if not exists applied_message (
    sequence integer primary key autoincrement,
    id text not null,
    type text not null,
    key text
  ) strict;
  create index if not exists applied_message_by_id on applied_message (id);
`;

/**
 * What a consumer has applied, in this order, for the audit. It filters nothing, that is the inbox's part: a message that is
 * applied twice is in it twice.
 */
export class AppliedLog {
  readonly #add;
  readonly #count;

  constructor(db: SqliteHandle) {
    this.#add = db.prepare('insert into applied_message (id, type, key) values (?, ?, ?)');
    this.#count = db.prepare<[], number>('select coalesce(max(sequence), 0) from applied_message').pluck();
  }

  /** To be called in the transaction of the effect. */
  add({ id, type, key }: Message): void {
    this.#add.run(id, type, key);
  }

  get count(): number {
    return this.#count.get() ?? 0;
  }
}
