import type { Clock } from '@holdfast/core';
import { SeededRandom } from '@holdfast/core/testing';
import {
  type EffectDatabase,
  type EffectEvent,
  EffectJournal,
  type EffectJournalOptions,
  type EffectStore,
  PostgresEffectStore,
  postgresEffectMigrations,
  SqliteEffectStore,
  sqliteEffectMigrations,
} from '@holdfast/inbox-dedup/effects';
import { Migrator } from '@holdfast/sql';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { PgDatabase, PgTransactionRunner } from '@holdfast/sql/pg';
import { postgresTestDatabase, sqliteTestDatabase } from '@holdfast/sql/testing';
import { onTestFinished } from 'vitest';

type JournalOptions = Partial<EffectJournalOptions> & { readonly clock?: Clock };

/** Journals on one table, as several processes have them. */
export interface EffectWorld {
  readonly store: EffectStore;
  /** A connection of its own. */
  open(): EffectDatabase;
  readonly events: EffectEvent[];
  journal(options?: JournalOptions): EffectJournal;
  /** Runs a statement on the table, named `holdfast_effect`. */
  change(statement: string): Promise<void>;
  /** Makes the database's time pass for every effect. */
  elapse(ms: number): Promise<void>;
}

const times = ['created_at', 'called_at', 'unknown_since', 'settles_at', 'due_at', 'changed_at'];

export async function sqliteEffects(): Promise<EffectWorld & { readonly where: string }> {
  const db = sqliteTestDatabase();
  onTestFinished(() => db.drop());
  await new Migrator({ database: db.database, names: db.names, sets: [sqliteEffectMigrations] }).up();
  const store = new SqliteEffectStore();
  const change = async (statement: string) => {
    db.handle.exec(statement);
  };
  return {
    ...worldOf(store, () => new BetterSqlite3Database(db.open())),
    where: db.file,
    change,
    elapse: (ms) => change(`update holdfast_effect set ${times.map((time) => `${time} = ${time} - ${ms}`).join(', ')}`),
  };
}

export async function postgresEffects(version: 15 | 18): Promise<EffectWorld & { readonly url: string }> {
  const { database, names, pool, openPool, url, drop } = await postgresTestDatabase(version);
  onTestFinished(drop);
  await new Migrator({ database, names, sets: [postgresEffectMigrations] }).up();
  const store = new PostgresEffectStore();
  const change = async (statement: string) => {
    await pool.query(statement);
  };
  let opened = 0;
  const open = () => {
    opened += 1;
    return opened % 2 === 0 ? new PgDatabase(openPool()) : new PgTransactionRunner(openPool());
  };
  return {
    ...worldOf(store, open),
    url,
    change,
    elapse: (ms) =>
      change(`update holdfast_effect set ${times.map((time) => `${time} = ${time} - interval '${ms} ms'`).join(', ')}`),
  };
}

function worldOf(store: EffectStore, open: () => EffectDatabase) {
  const events: EffectEvent[] = [];
  return {
    store,
    open,
    events,
    journal: (options: JournalOptions = {}) =>
      new EffectJournal({
        name: 'payment',
        store,
        database: open(),
        random: new SeededRandom(1),
        onEvent: (event) => events.push(event),
        ...options,
      }),
  };
}
