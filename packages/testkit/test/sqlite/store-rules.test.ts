import { SqliteInboxStore, sqliteInboxMigrations } from '@holdfast/inbox-dedup';
import { SqliteEffectStore, sqliteEffectMigrations } from '@holdfast/inbox-dedup/effects';
import { SqliteIdempotencyStore, sqliteIdempotencyMigrations } from '@holdfast/inbox-dedup/http';
import {
  describeEffectStore,
  describeIdempotencyStore,
  describeInboxStore,
  type StoreConnection,
} from '@holdfast/inbox-dedup/testing';
import { SqliteOutboxStore, sqliteOutboxMigrations } from '@holdfast/outbox';
import { describeOutboxStore } from '@holdfast/outbox/testing';
import {
  Migrator,
  type SqlExecutor,
  SqliteLeaseStore,
  sqliteLeaseMigrations,
  type TransactionRunner,
} from '@holdfast/sql';
import { AwaitedTransactions, BetterSqlite3Database, BetterSqlite3Transactions } from '@holdfast/sql/better-sqlite3';
import { KyselyTransactionRunner } from '@holdfast/sql/kysely';
import { describeLeaseStore } from '@holdfast/sql/testing';
import { simulatedSqliteDialect } from '@holdfast/testkit/kysely';
import { type SimulatedSqlite, SqliteTemplate } from '@holdfast/testkit/sqlite';
import { Kysely } from 'kysely';
import { describe, test } from 'vitest';
import { inAProcess } from './in-a-process.ts';

const template = new SqliteTemplate(async (handle) => {
  const sets = [
    ...[sqliteLeaseMigrations, sqliteOutboxMigrations, sqliteInboxMigrations],
    ...[sqliteEffectMigrations, sqliteIdempotencyMigrations],
  ];
  await new Migrator({ database: new BetterSqlite3Database(handle), sets }).up();
});

let db: SimulatedSqlite;

/** Each rule is proved in a simulated process, on a database that every run before has used. */
const inSimulation = {
  describe,
  test: (name: string, body: () => Promise<void>) => {
    test(name, () =>
      inAProcess(
        async (opened) => {
          db = opened;
          await body();
        },
        { template },
      ),
    );
  },
};

const close = async () => {};

/** Makes every row older, by all its moments. */
function elapse(prefix: string, ms: number): void {
  const handle = db.handle();
  const tables = db.query('select name from sqlite_schema where name glob ? and type = ?', `${prefix}*`, 'table');
  for (const { name } of tables) {
    const columns = db.query(`select name from pragma_table_info('${String(name)}')`).map((row) => String(row['name']));
    const moments = columns.filter((column) => /(?:_at|^since|_until|_since)$/.test(column));
    if (moments.length === 0) continue;
    handle.prepare(`update ${String(name)} set ${moments.map((at) => `${at} = ${at} - ${ms}`).join(', ')}`).run();
  }
  handle.close();
}

function connectionOf<Tx>(runner: TransactionRunner<Tx>): StoreConnection {
  return {
    execute: (statement) => runner.execute(statement),
    transaction: <Result>(work: (tx: SqlExecutor) => Promise<Result>) =>
      runner.transaction((tx) => work(runner.executor(tx))),
  };
}

const runners = [
  ['a local file', () => connectionOf(db.runner())],
  ['a server', () => connectionOf(db.transactions())],
  [
    'Kysely on a server',
    () =>
      connectionOf(
        new KyselyTransactionRunner(new Kysely<unknown>({ dialect: simulatedSqliteDialect(db) }), {
          dialect: 'sqlite',
        }),
      ),
  ],
] as const;

describe.each(runners)('over %s', (name, connect) => {
  describeIdempotencyStore(
    `simulated: ${name}`,
    async () => ({
      store: new SqliteIdempotencyStore({}),
      connection: connect(),
      other: connect(),
      elapse: async (ms) => elapse('holdfast_idempotency', ms),
      close,
    }),
    { ...inSimulation, concurrentTransactions: false },
  );

  describeEffectStore(
    `simulated: ${name}`,
    async () => ({
      store: new SqliteEffectStore(),
      executor: connect(),
      other: connect(),
      elapse: async (ms) => elapse('holdfast_effect', ms),
      close,
    }),
    inSimulation,
  );
});

/** A transaction whose end the caller decides. */
async function begin() {
  const handle = db.handle();
  handle.exec('begin immediate');
  return {
    handle,
    executor: new AwaitedTransactions(new BetterSqlite3Transactions()).executor(handle),
    commit: async () => void handle.exec('commit').close(),
    rollback: async () => void handle.exec('rollback').close(),
  };
}

describeInboxStore(
  'simulated SQLite',
  async () => ({
    store: new SqliteInboxStore(),
    executor: db.runner(),
    other: db.runner(),
    begin,
    elapse: async (ms) => elapse('holdfast_inbox', ms),
    drop: close,
  }),
  { ...inSimulation, concurrentTransactions: false },
);

describeOutboxStore(
  'simulated SQLite',
  async () => {
    const store = new SqliteOutboxStore({ database: db.database() });
    return {
      store,
      async begin() {
        const { handle, commit, rollback } = await begin();
        return {
          append: async (records) => store.appendSync(new BetterSqlite3Transactions().executor(handle), records),
          commit,
          rollback,
        };
      },
      now: async () => Number(db.query("select cast(unixepoch('subsec') * 1000 as integer) as now")[0]?.['now']),
      elapse: async (ms) => elapse('holdfast_outbox', ms),
      elapseRetention: async () => elapse('holdfast_outbox', 3_601_000),
      changeHistory: async () => {
        db.handle().prepare('update holdfast_outbox_lane set position = position + 1000000').run();
      },
      drop: close,
    };
  },
  { ...inSimulation, concurrentTransactions: false },
);

describeLeaseStore(
  'simulated SQLite',
  async () => ({
    store: new SqliteLeaseStore({ database: db.database() }),
    other: new SqliteLeaseStore({ database: db.database() }),
    elapse: async (ms) => elapse('holdfast_lease', ms),
    close,
  }),
  inSimulation,
);
