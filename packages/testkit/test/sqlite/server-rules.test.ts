import type { SqlExecutor } from '@holdfast/sql';
import { KyselyTransactionRunner } from '@holdfast/sql/kysely';
import { describeTransactionRunner } from '@holdfast/sql/testing';
import { simulatedSqliteDialect } from '@holdfast/testkit/kysely';
import type { SimulatedSqlite, SqliteHandle } from '@holdfast/testkit/sqlite';
import { Kysely } from 'kysely';
import { describe, test } from 'vitest';
import { inAProcess } from './in-a-process.ts';

let database: SimulatedSqlite;

/** Each rule is proved inside of a simulated process, whose every statement takes virtual time. */
function simulatedTest(name: string, body: () => Promise<void>): void {
  test(name, () =>
    inAProcess(async (opened) => {
      database = opened;
      await body();
    }),
  );
}

/** Another connection, to the file itself. */
function direct(handle: SqliteHandle): SqlExecutor {
  return {
    execute: async ({ text, values }) => {
      const statement = handle.prepare<unknown[]>(text.replaceAll(/\?\d+/g, '?'));
      if (!statement.reader) return { rows: [], rowCount: statement.run(...values).changes };
      const rows = statement.all(...values) as Record<string, unknown>[];
      return { rows, rowCount: rows.length };
    },
  };
}

describeTransactionRunner(
  'a simulated database server',
  {
    dialect: 'sqlite',
    connections: 1,
    open: async ({ connectTimeoutMs }) => ({
      runner: database.transactions(connectTimeoutMs === undefined ? {} : { connectTimeoutMs }),
      outside: direct(database.handle()),
      close: async () => {},
    }),
  },
  { describe, test: simulatedTest },
);

describeTransactionRunner(
  'Kysely on a simulated database server',
  {
    dialect: 'sqlite',
    connections: 1,
    open: async (timeouts) => ({
      runner: new KyselyTransactionRunner(new Kysely<unknown>({ dialect: simulatedSqliteDialect(database) }), {
        dialect: 'sqlite',
        ...timeouts,
      }),
      outside: direct(database.handle()),
      close: async () => {},
    }),
  },
  { describe, test: simulatedTest },
);

describeTransactionRunner(
  'a simulated file, by the runner for better-sqlite3',
  {
    dialect: 'sqlite',
    connections: 1,
    open: async () => ({ runner: database.runner(), outside: direct(database.handle()), close: async () => {} }),
  },
  { describe, test: simulatedTest },
);
