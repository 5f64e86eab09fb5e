import { BetterSqlite3Database, BetterSqlite3TransactionRunner } from '@holdfast/sql/better-sqlite3';
import { KyselyTransactionRunner } from '@holdfast/sql/kysely';
import { PgTransactionRunner } from '@holdfast/sql/pg';
import Database from 'better-sqlite3';
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type EffectWorld, postgresEffects, sqliteEffects } from './effect-world.ts';
import { performRules } from './perform-rules.ts';
import { Provider } from './provider.ts';

/** The same table, with journals on other databases than the world's own. */
function onDatabase(world: EffectWorld, open: EffectWorld['open']): EffectWorld {
  return { ...world, open, journal: (options = {}) => world.journal({ database: open(), ...options }) };
}

async function kyselyOnPostgres(): Promise<EffectWorld> {
  const world = await postgresEffects(18);
  return onDatabase(world, () => {
    const pool = new pg.Pool({ connectionString: world.url });
    pool.on('error', () => {});
    pool.on('connect', (client) => client.on('error', () => {}));
    const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
    onTestFinished(() => db.destroy());
    return new KyselyTransactionRunner(db, { dialect: 'postgresql' });
  });
}

function openHandle(file: string): Database.Database {
  const handle = new Database(file);
  onTestFinished(() => {
    handle.close();
  });
  return handle;
}

async function kyselyOnSqlite(): Promise<EffectWorld> {
  const world = await sqliteEffects();
  return onDatabase(world, () => {
    const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database: openHandle(world.where) }) });
    return new KyselyTransactionRunner(db, { dialect: 'sqlite' });
  });
}

async function runnerOnSqlite(): Promise<EffectWorld> {
  const world = await sqliteEffects();
  return onDatabase(world, () => new BetterSqlite3TransactionRunner(openHandle(world.where)));
}

describe('Kysely on PostgreSQL', () => performRules(kyselyOnPostgres));
describe('Kysely on SQLite', () => performRules(kyselyOnSqlite));
describe('a better-sqlite3 runner', () => performRules(runnerOnSqlite));

test('inside of a transaction that has the only connection of the pool, perform rejects before the call, in bounded time', async () => {
  const world = await postgresEffects(18);
  const pool = new pg.Pool({ connectionString: world.url, max: 1 });
  onTestFinished(() => pool.end());
  const runner = new PgTransactionRunner(pool, { connectTimeoutMs: 50 });
  const provider = new Provider();
  const journal = world.journal({ database: runner });
  const effect = { call: provider.charge(1), verify: provider.verify };
  await expect(runner.transaction(() => journal.perform('k', effect))).rejects.toMatchObject({
    code: 'ERR_SQL_TIMEOUT',
  });
  expect(provider.calls).toHaveLength(0);
  await expect(journal.perform('k', effect)).resolves.toMatchObject({ id: 'ch_1' });
});

test.each(['runner', 'database'] as const)(
  'inside of a transaction of the same SQLite handle (%s), perform rejects before the call: its intent would not be committed',
  async (kind) => {
    const world = await sqliteEffects();
    const handle = openHandle(world.where);
    const runner = new BetterSqlite3TransactionRunner(handle);
    const provider = new Provider();
    const journal = world.journal({ database: kind === 'runner' ? runner : new BetterSqlite3Database(handle) });
    const effect = { call: provider.charge(1), verify: provider.verify };
    await expect(runner.transaction(() => journal.perform('k', effect))).rejects.toMatchObject({
      code: kind === 'runner' ? 'ERR_SQL_REENTRANT_TRANSACTION' : 'ERR_SQL_NESTED_TRANSACTION',
    });
    expect(provider.calls).toHaveLength(0);
    expect(await journal.find('k')).toBeNull();
  },
);

test.each([
  ['undefined', undefined],
  ['a string', 'boom \u0000 \ud800'],
  ['a frozen error', Object.freeze(new Error('frozen \u0000'))],
  ['null', null],
  [
    'an error that cannot be read',
    Object.defineProperty(new Error('x'), 'cause', {
      get() {
        throw new Error('no');
      },
    }),
  ],
])('a call that throws %s before it returns a promise leaves its outcome unknown', async (_, thrown) => {
  for (const world of [await sqliteEffects(), await postgresEffects(18)]) {
    const journal = world.journal();
    const call = (): Promise<never> => {
      throw thrown;
    };
    const verify = async () => ({ happened: 'unknown', reason: 'bad \u0000 \ud800 bytes' }) as const;
    await expect(journal.perform('k', { call, verify })).rejects.toMatchObject({ code: 'ERR_INBOX_EFFECT_UNKNOWN' });
    expect(await journal.list({ state: 'unknown' })).toMatchObject([{ key: 'k', held: false }]);
  }
});

test('every JSON result comes back as it was kept, on both databases', async () => {
  const values = [null, 0, '', false, '\u0000\ud83d\ude00\u2028', '\ud800', [], {}, 5e-324, 9007199254740991];
  for (const world of [await sqliteEffects(), await postgresEffects(15)]) {
    const journal = world.journal();
    const effect = { call: async () => values, verify: 'call-again' } as const;
    expect(await journal.perform('k', effect)).toEqual(values);
    expect(await world.journal().perform('k', effect)).toEqual(values);
  }
});
