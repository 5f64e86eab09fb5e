import { ManualClock } from '@holdfast/core/testing';
import { Migrator, SqliteLeaseStore, sqliteLeaseMigrations } from '@holdfast/sql';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { describeLeaseStore, MemoryLeaseStore, sqliteTestDatabase } from '@holdfast/sql/testing';
import { describe, test } from 'vitest';

describeLeaseStore(
  'memory',
  async () => {
    const clock = new ManualClock();
    const store = new MemoryLeaseStore({ clock });
    return { store, other: store, elapse: (ms) => clock.advance(ms), close: async () => {} };
  },
  { describe, test },
);

describeLeaseStore(
  'SQLite',
  async () => {
    const { database, names, handle, open, drop } = sqliteTestDatabase();
    await new Migrator({ database, names, sets: [sqliteLeaseMigrations] }).up();
    return {
      store: new SqliteLeaseStore({ database, names }),
      other: new SqliteLeaseStore({ database: new BetterSqlite3Database(open()), names }),
      // An end that is earlier is time that has passed.
      elapse: async (ms) => {
        handle.prepare('update holdfast_lease set expires_at = expires_at - ?').run(ms);
      },
      close: async () => drop(),
    };
  },
  { describe, test },
);
