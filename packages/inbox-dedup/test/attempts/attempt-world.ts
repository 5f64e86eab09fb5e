import { Migrator } from '@holdfast/sql';
import { BetterSqlite3TransactionRunner } from '@holdfast/sql/better-sqlite3';
import { sqliteTestDatabase } from '@holdfast/sql/testing';
import { onTestFinished } from 'vitest';
import { AttemptTracker, type AttemptTrackerOptions, type TrackedDelivery } from '../../src/inbox/attempt-tracker.ts';
import { sqliteInboxMigrations } from '../../src/sqlite/migrations.ts';
import { SqliteAttemptStore } from '../../src/sqlite/sqlite-attempt-store.ts';
import type { Attempts } from '../../src/store/attempt-store.ts';

/** Attempts in a SQLite file, and processes that count them. */
export async function attemptWorld() {
  const test = sqliteTestDatabase();
  onTestFinished(() => test.drop());
  test.handle.pragma('synchronous = OFF');
  await new Migrator({ database: test.database, names: test.names, sets: [sqliteInboxMigrations] }).up();
  const store = new SqliteAttemptStore(test.names);
  const executor = new BetterSqlite3TransactionRunner(test.open());
  const quarantined: Attempts[] = [];
  const unrecorded: string[] = [];
  return {
    store,
    executor,
    /** Told of. */
    quarantined,
    unrecorded,
    /** What one process has. One that is left in the middle of a work is one that died. */
    process: (options: Partial<AttemptTrackerOptions> = {}) =>
      new AttemptTracker({
        store,
        executor,
        onQuarantined: (attempts) => quarantined.push(attempts),
        onUnrecorded: (_, error) => unrecorded.push(error),
        ...options,
      }),
    rows: () =>
      test.handle
        .prepare('select id, unfinished, failures, last_error as error from holdfast_inbox_attempt order by id')
        .all() as { id: string; unfinished: number; failures: number; error: string | null }[],
  };
}

export function delivery(id: string, attempt: number, signal = new AbortController().signal): TrackedDelivery {
  return { identity: { consumer: 'payment', source: '/orders', id }, type: 'order.placed', attempt, signal };
}

/** Work that begins and never ends, as in a process that dies. Resolves when it has begun. */
export function begun(tracker: AttemptTracker, one: TrackedDelivery): Promise<void> {
  return new Promise((resolve, reject) => {
    tracker
      .run(one, () => {
        resolve();
        return new Promise(() => {});
      })
      .catch(reject);
  });
}
