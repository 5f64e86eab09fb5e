import { MigrationFailedError, Migrator, TableNames } from '@holdfast/sql';
import { PgDatabase } from '@holdfast/sql/pg';
import { postgresTestDatabase } from '@holdfast/sql/testing';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { otherSet, thingSet } from './example-sets.ts';
import { describeMigrator } from './migrator-rules.ts';

async function openPostgres(version: 15 | 18) {
  const postgres = await postgresTestDatabase(version, { poolSize: 20 });
  onTestFinished(() => postgres.drop());
  return postgres;
}

describe.each([15, 18] as const)('Migrator on PostgreSQL %i', (version) => {
  describeMigrator('postgresql', async () => {
    const { database, pool } = await openPostgres(version);
    return {
      database,
      script: async (text) => {
        await pool.query(text);
      },
      tables: async () => {
        const { rows } = await pool.query(
          "select tablename from pg_tables where schemaname = 'public' order by tablename",
        );
        return rows.map((row) => row.tablename);
      },
    };
  });

  test('of twenty that migrate at once each migration is applied by exactly one, and none fails', async () => {
    const { database } = await openPostgres(version);
    const names = new TableNames({ schema: 'app' });
    const sets = [thingSet('postgresql'), otherSet('postgresql')];
    const applied = await Promise.all(Array.from({ length: 20 }, () => new Migrator({ database, names, sets }).up()));
    expect(applied.flat()).toHaveLength(3);
    await new Migrator({ database, names, sets }).check();
  });

  test('a schema is made when it is missing, and needs no right to make schemas when it is there', async () => {
    const { pool, url } = await openPostgres(version);
    const role = `migrator_${version}`;
    await pool.query(`drop role if exists ${role}; create role ${role}; create schema app authorization ${role}`);
    onTestFinished(async () => {
      await pool.query(`drop owned by ${role}; drop role ${role}`);
    });
    const restricted = poolOfRole(url, role);
    onTestFinished(() => restricted.end());
    const names = new TableNames({ schema: 'app' });
    const migrator = new Migrator({ database: new PgDatabase(restricted), names, sets: [thingSet('postgresql')] });
    await migrator.up();
    await migrator.check();
  });

  test('reserved words are names like others, because every name is quoted', async () => {
    const { database, pool } = await openPostgres(version);
    const names = new TableNames({ schema: 'user', prefix: 'select' });
    const migrator = new Migrator({ database, names, sets: [thingSet('postgresql')] });
    await migrator.up();
    await migrator.check();
    const { rows } = await pool.query("select tablename from pg_tables where schemaname = 'user' order by 1");
    expect(rows).toEqual([{ tablename: 'select_migrations' }, { tablename: 'select_thing' }]);
  });

  test('a table that is in use fails the migration within the lock timeout, and can be tried again', async () => {
    const { database, pool } = await openPostgres(version);
    const set = thingSet('postgresql');
    await new Migrator({ database, sets: [{ ...set, migrations: set.migrations.slice(0, 1) }] }).up();
    const user = await pool.connect();
    onTestFinished(() => user.release(true));
    await user.query('begin; select * from holdfast_thing');
    const migrator = new Migrator({ database, sets: [set], lockTimeoutMs: 100 });
    const error = await migrator.up().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(MigrationFailedError);
    expect((error as Error).cause).toMatchObject({ code: '55P03' });
    await user.query('rollback');
    expect(await migrator.up()).toHaveLength(1);
  });
});

function poolOfRole(url: string, role: string) {
  const pool = new pg.Pool({ connectionString: url, options: `-c role=${role}` });
  pool.on('error', () => {});
  return pool;
}
