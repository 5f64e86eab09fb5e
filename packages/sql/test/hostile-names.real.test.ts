import { hostileNames } from '@holdfast/core/testing';
import {
  InvalidIdentifierError,
  Migrator,
  PostgresLeaseStore,
  postgresLeaseMigrations,
  SqliteLeaseStore,
  sqliteLeaseMigrations,
  TableNames,
} from '@holdfast/sql';
import { postgresTestDatabase, sqliteTestDatabase } from '@holdfast/sql/testing';
import { describe, expect, onTestFinished, test } from 'vitest';

/** Names that are allowed and would still be keywords, types or built-in objects if they were not quoted. */
const awkwardNames = ['select', 'table', 'user', 'null', 'pg_class', '_', 'a'.repeat(20), 'current_user', 'order'];

describe('names on real databases', () => {
  test.each([15, 18] as const)(
    'no hostile name reaches PostgreSQL %i, and awkward ones are only names',
    async (version) => {
      const { database, pool, drop } = await postgresTestDatabase(version);
      onTestFinished(drop);
      await pool.query('create table orders (id text); insert into orders values (1)');
      const migrate = async (names: TableNames) => {
        await new Migrator({ database, names, sets: [postgresLeaseMigrations] }).up();
        const store = new PostgresLeaseStore({ database, names });
        expect(await store.acquire({ name: 'lane', holder: 'a', leaseMs: 1_000 })).toMatchObject({ fencingToken: 1n });
      };
      for (const name of hostileNames) {
        await expect(async () => migrate(new TableNames({ schema: name }))).rejects.toThrow(InvalidIdentifierError);
        await expect(async () => migrate(new TableNames({ prefix: name }))).rejects.toThrow(InvalidIdentifierError);
      }
      for (const name of awkwardNames) {
        await migrate(new TableNames({ prefix: name }));
      }
      expect((await pool.query('select id from orders')).rows).toEqual([{ id: '1' }]);
      const { rows } = await pool.query("select tablename from pg_tables where schemaname = 'public'");
      const expected = ['orders', ...awkwardNames.flatMap((name) => [`${name}_lease`, `${name}_migrations`])];
      expect(rows.map((row) => row.tablename).sort()).toEqual(expected.sort());
    },
  );

  test('no hostile name reaches SQLite, and awkward ones are only names', async () => {
    const { database, handle, drop } = sqliteTestDatabase();
    onTestFinished(() => drop());
    const migrate = async (names: TableNames) => {
      await new Migrator({ database, names, sets: [sqliteLeaseMigrations] }).up();
      const store = new SqliteLeaseStore({ database, names });
      expect(await store.acquire({ name: 'lane', holder: 'a', leaseMs: 1_000 })).toMatchObject({ fencingToken: 1n });
    };
    for (const name of hostileNames) {
      await expect(async () => migrate(new TableNames({ prefix: name }))).rejects.toThrow(InvalidIdentifierError);
    }
    for (const name of awkwardNames) {
      await migrate(new TableNames({ prefix: name }));
    }
    const tables = handle.prepare("select name from sqlite_master where type = 'table'").pluck().all();
    expect(tables.sort()).toEqual(awkwardNames.flatMap((name) => [`${name}_lease`, `${name}_migrations`]).sort());
  });
});
