import { EffectJournal, PostgresEffectStore, postgresEffectMigrations } from '@holdfast/inbox-dedup/effects';
import { Migrator } from '@holdfast/sql';
import { PgDatabase } from '@holdfast/sql/pg';
import type pg from 'pg';
import { callProvider, type EffectWay } from './effect-ways.ts';

export const PERFORM = 'EffectJournal.perform, a new key each';
const KEPT = 'EffectJournal.perform, a result that is kept';
const KEPT_KEY = 'kept';

export async function journalWays(pool: pg.Pool): Promise<readonly EffectWay[]> {
  const database = new PgDatabase(pool);
  await new Migrator({ database, sets: [postgresEffectMigrations] }).up();
  const journal = new EffectJournal({ name: 'payment', store: new PostgresEffectStore(), database });
  const perform = (key: string) =>
    journal.perform(key, { call: ({ idempotencyKey }) => callProvider(idempotencyKey), verify: 'call-again' });
  await perform(KEPT_KEY);
  return [
    { name: PERFORM, perform },
    { name: KEPT, perform: () => perform(KEPT_KEY) },
  ];
}
