import { TableNames } from '@holdfast/sql';
import type { EffectIntentStore } from '../store/effect-intent-store.ts';
import type { EffectReviewStore } from '../store/effect-review-store.ts';
import type { EffectStore } from '../store/effect-store.ts';
import { SqliteIntentStore } from './sqlite-intent-store.ts';
import { SqliteReviewStore } from './sqlite-review-store.ts';

export interface SqliteEffectStoreOptions {
  /** @default the prefix `holdfast` without a schema */
  readonly names?: TableNames;
}

/** Effects in a SQLite table. Every statement is its own transaction; a repetition only reads. */
export class SqliteEffectStore implements EffectStore {
  readonly dialect = 'sqlite';
  readonly intents: EffectIntentStore;
  readonly review: EffectReviewStore;

  constructor({ names = new TableNames() }: SqliteEffectStoreOptions = {}) {
    const table = names.table('effect');
    this.intents = new SqliteIntentStore(table);
    this.review = new SqliteReviewStore(table);
  }
}
