import { SqliteOutboxStore } from '@holdfast/outbox';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { openDatabase } from '../../sqlite/open-database.ts';
import { type Invariant, Violations } from '../invariant.ts';

/** Nothing waits in an outbox, and nothing was put aside. */
export async function outboxEmpty(files: readonly string[]): Promise<Invariant> {
  const lanes = (await Promise.all(files.map(lanesOf))).flat();
  const pending = lanes.reduce((sum, lane) => sum + lane.pending, 0);
  const parked = lanes.reduce((sum, lane) => sum + lane.parked, 0);
  return new Violations()
    .add(pending, 'messages not relayed')
    .add(parked, 'messages parked')
    .invariant('nothing is left in the outbox', `${pending} pending, ${parked} parked in ${files.length} outboxes`);
}

async function lanesOf(file: string): Promise<readonly { readonly pending: number; readonly parked: number }[]> {
  // The store's statistics need a handle that may write.
  const db = openDatabase(file);
  const store = new SqliteOutboxStore({ database: new BetterSqlite3Database(db) });
  const { lanes, delayed } = await store.housekeeping.stats().finally(() => db.close());
  return [...lanes, { pending: delayed, parked: 0 }];
}
