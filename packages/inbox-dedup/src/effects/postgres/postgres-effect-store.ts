import { booleanOption } from '@holdfast/core';
import { TableNames } from '@holdfast/sql';
import type { EffectIntentStore } from '../store/effect-intent-store.ts';
import type { EffectReviewStore } from '../store/effect-review-store.ts';
import type { EffectStore } from '../store/effect-store.ts';
import { PostgresIntentStore } from './postgres-intent-store.ts';
import { PostgresReviewStore } from './postgres-review-store.ts';

export interface PostgresEffectStoreOptions {
  /** @default the prefix `holdfast` without a schema */
  readonly names?: TableNames;
  /** Whether statements are prepared once per connection. Not with a proxy that knows no prepared statements. @default true */
  readonly prepared?: boolean;
}

/**
 * Effects in a PostgreSQL table. A new effect costs two statements, each its own transaction: the intent before the call, the result
 * after it. A repetition costs one that only reads.
 */
export class PostgresEffectStore implements EffectStore {
  readonly dialect = 'postgresql';
  readonly intents: EffectIntentStore;
  readonly review: EffectReviewStore;

  constructor({ names = new TableNames(), prepared }: PostgresEffectStoreOptions = {}) {
    const table = names.table('effect');
    this.intents = new PostgresIntentStore(table, { prepared: booleanOption('prepared', prepared, true) });
    this.review = new PostgresReviewStore(table);
  }
}
