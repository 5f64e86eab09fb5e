import {
  MigrationFailedError,
  type MigrationSet,
  Migrator,
  type PostgresDatabase,
  SchemaMismatchError,
  type SqliteDatabase,
  TableNames,
} from '@holdfast/sql';
import { describe, expect, test } from 'vitest';
import { drifted, firstOnly, otherSet, thingSet, withBroken } from './example-sets.ts';

export interface MigratorFixture {
  readonly database: PostgresDatabase | SqliteDatabase;
  /** Runs a script of several statements. */
  script(text: string): Promise<void>;
  /** The names of all tables, sorted. */
  tables(): Promise<readonly string[]>;
}

const names = new TableNames({ prefix: 'hf' });
const both = [
  { set: 'things', number: 1, title: 'things' },
  { set: 'things', number: 2, title: "the thing's size" },
];

/** The rules of migrating, the same on both dialects. */
export function describeMigrator(dialect: MigrationSet['dialect'], open: () => Promise<MigratorFixture>): void {
  const migrator = ({ database }: MigratorFixture, ...sets: readonly MigrationSet[]) =>
    new Migrator({ database, names, sets });

  describe('up', () => {
    test('applies every set in order, and returns what it applied', async () => {
      const fixture = await open();
      const applied = await migrator(fixture, thingSet(dialect), otherSet(dialect)).up();
      expect(applied).toEqual([...both, { set: 'others', number: 1, title: 'others' }]);
      expect(await fixture.tables()).toEqual(['hf_migrations', 'hf_other', 'hf_thing']);
    });

    test('applies only what is pending', async () => {
      const fixture = await open();
      await migrator(fixture, firstOnly(dialect)).up();
      expect(await migrator(fixture, thingSet(dialect)).up()).toEqual([both[1]]);
      expect(await migrator(fixture, thingSet(dialect)).up()).toEqual([]);
    });

    test('a statement that fails leaves nothing of its migration, and earlier ones stay', async () => {
      const fixture = await open();
      const error = await migrator(fixture, withBroken(dialect))
        .up()
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(MigrationFailedError);
      expect(error).toMatchObject({
        code: 'ERR_SQL_MIGRATION_FAILED',
        migration: { set: 'things', number: 3, title: 'broken' },
        direction: 'up',
        statement: 2,
        message: expect.stringContaining('Migration things 3 "broken" (up) failed at statement 2'),
      });
      expect(await fixture.tables()).toEqual(['hf_migrations', 'hf_thing']);
      expect((await migrator(fixture, withBroken(dialect)).status()).map(({ state }) => state)).toEqual([
        'applied',
        'applied',
        'pending',
      ]);
    });

    test('F3.9: refuses to go on over a migration that has drifted, and changes nothing', async () => {
      const fixture = await open();
      await migrator(fixture, firstOnly(dialect)).up();
      await expect(migrator(fixture, drifted(dialect)).up()).rejects.toThrow(SchemaMismatchError);
      expect((await migrator(fixture, thingSet(dialect)).status()).map(({ state }) => state)).toEqual([
        'applied',
        'pending',
      ]);
    });
  });

  describe('check', () => {
    test('F3.9: an empty database is refused, naming every migration that is missing and the call that fixes it', async () => {
      const fixture = await open();
      const error = await migrator(fixture, thingSet(dialect))
        .check()
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(SchemaMismatchError);
      expect(error).toMatchObject({ code: 'ERR_SQL_SCHEMA_MISMATCH', missing: both, unknown: [], drifted: [] });
      expect((error as Error).message).toContain(
        `Missing: things 1 "things", things 2 "the thing's size". Run "await migrator.up()"`,
      );
      expect(await fixture.tables()).toEqual([]);
    });

    test('F3.9: a migration that is missing is named', async () => {
      const fixture = await open();
      await migrator(fixture, firstOnly(dialect)).up();
      await expect(migrator(fixture, thingSet(dialect)).check()).rejects.toMatchObject({ missing: [both[1]] });
    });

    test('F3.9: a migration that was applied with other statements is named', async () => {
      const fixture = await open();
      await migrator(fixture, thingSet(dialect)).up();
      await expect(migrator(fixture, drifted(dialect)).check()).rejects.toMatchObject({
        drifted: [both[0]],
        message: expect.stringContaining('Drifted: things 1 "things"'),
      });
    });

    test('F3.9: a migration of newer code is named, and up() and down() refuse as well', async () => {
      const fixture = await open();
      await migrator(fixture, thingSet(dialect)).up();
      const older = migrator(fixture, firstOnly(dialect));
      for (const call of [() => older.check(), () => older.up(), () => older.down({ set: 'things', to: 0 })]) {
        await expect(call()).rejects.toMatchObject({
          unknown: [both[1]],
          message: expect.stringContaining('The database is newer'),
        });
      }
    });

    test('is content when everything is applied, whatever other sets are there', async () => {
      const fixture = await open();
      await migrator(fixture, thingSet(dialect), otherSet(dialect)).up();
      await migrator(fixture, thingSet(dialect)).check();
      await migrator(fixture, otherSet(dialect)).check();
    });
  });

  describe('down', () => {
    test('takes out one set above the number given, the newest first, and can be applied again', async () => {
      const fixture = await open();
      const all = migrator(fixture, thingSet(dialect), otherSet(dialect));
      await all.up();
      expect(await all.down({ set: 'things', to: 0 })).toEqual([both[1], both[0]]);
      expect(await fixture.tables()).toEqual(['hf_migrations', 'hf_other']);
      expect(await all.down({ set: 'things', to: 0 })).toEqual([]);
      expect(await all.up()).toEqual(both);
    });

    test('a statement that fails leaves the migration applied', async () => {
      const fixture = await open();
      await migrator(fixture, thingSet(dialect)).up();
      await fixture.script(
        "insert into hf_migrations (set_name, number, title, checksum) values ('things', 3, 'broken', 'by hand')",
      );
      await expect(migrator(fixture, withBroken(dialect)).down({ set: 'things', to: 0 })).rejects.toMatchObject({
        direction: 'down',
        statement: 2,
      });
      expect(await fixture.tables()).toEqual(['hf_migrations', 'hf_thing']);
    });

    test('a set or a number that is not there is refused', async () => {
      const fixture = await open();
      const one = migrator(fixture, thingSet(dialect));
      await expect(one.down({ set: 'unknown', to: 0 })).rejects.toThrow('"set" is "unknown"');
      await expect(one.down({ set: 'things', to: 3 })).rejects.toThrow('"to"');
    });
  });

  describe('status and print', () => {
    test('status lists every migration with its state and time, and changes nothing', async () => {
      const fixture = await open();
      expect(await migrator(fixture, thingSet(dialect)).status()).toEqual(
        both.map((one) => ({ ...one, state: 'pending', appliedAt: null })),
      );
      await migrator(fixture, firstOnly(dialect)).up();
      const [first] = await migrator(fixture, thingSet(dialect)).status();
      expect(first).toMatchObject({ state: 'applied', appliedAt: expect.any(Date) });
      expect(Math.abs(Number(first?.appliedAt) - Date.now())).toBeLessThan(60_000);
    });

    test('what is printed does by hand what up() does: check() is content, down() works', async () => {
      const fixture = await open();
      const one = migrator(fixture, thingSet(dialect), otherSet(dialect));
      await fixture.script(one.print('up'));
      await one.check();
      expect(await one.up()).toEqual([]);
      await fixture.script(one.print('down'));
      expect(await fixture.tables()).toEqual(['hf_migrations']);
    });
  });

  describe('constructor', () => {
    test.each([
      ['a gap in the numbers', () => [thingSet(dialect, [{ ...firstOnly(dialect).migrations[0]!, number: 2 }])]],
      ['the same set twice', () => [thingSet(dialect), thingSet(dialect)]],
      ['the other dialect', () => [thingSet(dialect === 'sqlite' ? 'postgresql' : 'sqlite')]],
    ])('refuses %s', async (_what, sets) => {
      const { database } = await open();
      expect(() => new Migrator({ database, sets: sets() })).toThrow('Option "sets"');
    });
  });
}
