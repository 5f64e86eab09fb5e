// Performs one effect, and halts where it is told to: it is killed there, or stopped and continued.
import { appendFileSync, readFileSync, writeSync } from 'node:fs';
import {
  type EffectDatabase,
  EffectJournal,
  PostgresEffectStore,
  SqliteEffectStore,
} from '@holdfast/inbox-dedup/effects';
import type { SqlStatement } from '@holdfast/sql';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { PgDatabase } from '@holdfast/sql/pg';
import Database from 'better-sqlite3';
import pg from 'pg';

export interface HaltingProcessOptions {
  readonly where: string;
  /** A file with one line for each charge. */
  readonly ledger: string;
  readonly halts: 'after the claim' | 'after the charge';
}

const { where, ledger, halts }: HaltingProcessOptions = JSON.parse(process.argv[2] ?? '');
const isPostgres = where.startsWith('postgres');
const say = (word: string) => writeSync(1, `${word}\n`);

function halt(): void {
  say('halted');
  process.kill(process.pid, 'SIGSTOP');
}

let isHalted = halts !== 'after the claim';

/** Stops when the claim is committed, and before anybody here learns of it. */
function haltAfter({ text }: SqlStatement): void {
  if (isHalted || !text.includes('insert into')) return;
  isHalted = true;
  halt();
}

function openDatabase(): EffectDatabase {
  if (!isPostgres) {
    const database = new BetterSqlite3Database(new Database(where, { timeout: 10_000 }));
    return {
      dialect: 'sqlite',
      executeSync: (statement: SqlStatement) => {
        const result = database.executeSync(statement);
        haltAfter(statement);
        return result;
      },
    };
  }
  const database = new PgDatabase(new pg.Pool({ connectionString: where }));
  return {
    dialect: 'postgresql',
    execute: async (statement: SqlStatement) => {
      const result = await database.execute(statement);
      haltAfter(statement);
      return result;
    },
  };
}

const journal = new EffectJournal({
  name: 'payment',
  store: isPostgres ? new PostgresEffectStore() : new SqliteEffectStore(),
  database: openDatabase(),
  deadlineMs: 400,
  verifyDeadlineMs: 400,
  leaseMarginMs: 300,
  settleMs: 0,
});

try {
  const result = await journal.perform('order-1', {
    call: async ({ idempotencyKey }) => {
      say('called');
      appendFileSync(ledger, `${idempotencyKey} by-child\n`);
      if (halts === 'after the charge') halt();
      return 'by-child';
    },
    verify: async ({ idempotencyKey }) => {
      const line = readFileSync(ledger, 'utf8')
        .split('\n')
        .find((one) => one.startsWith(idempotencyKey));
      return line === undefined ? { happened: false } : { happened: true, result: `verified ${line.split(' ')[1]}` };
    },
  });
  say(`result ${result}`);
} catch (error) {
  say(`error ${(error as { code?: string }).code}`);
}
process.exit(0);
