import { postgresInboxMigrations } from '@holdfast/inbox-dedup';
import { postgresOutboxMigrations } from '@holdfast/outbox';
import { postgresSagaMigrations } from '@holdfast/saga';
import { Migrator, postgresLeaseMigrations } from '@holdfast/sql';
import { PgDatabase } from '@holdfast/sql/pg';
import type pg from 'pg';
import type { BenchDatabase } from '../harness/bench-postgres.ts';
import type { BenchContext } from '../harness/bench-row.ts';
import { Meter } from '../harness/meter.ts';
import { handWrittenTables } from './hand-written-statements.ts';

/** How many transitions there are in the tables. */
export interface Transitions {
  readonly ours: number;
  readonly byHand: number;
}

/** A fresh database of a real server with the tables of inbox, outbox and saga, and hand-written ones. */
export class SagaDatabase {
  readonly #database: BenchDatabase;
  /** For what is not measured. */
  readonly #pool: pg.Pool;
  readonly #context: BenchContext;
  readonly #serverPid: number;

  private constructor(database: BenchDatabase, context: BenchContext, serverPid: number) {
    this.#database = database;
    this.#context = context;
    this.#serverPid = serverPid;
    this.#pool = database.pool({ max: 1 });
  }

  static async create(context: BenchContext): Promise<SagaDatabase> {
    const server = await context.postgres();
    const created = new SagaDatabase(await server.createDatabase(), context, server.pid);
    for (const table of handWrittenTables) await created.run(table);
    const sets = [postgresLeaseMigrations, postgresInboxMigrations, postgresOutboxMigrations, postgresSagaMigrations];
    await new Migrator({ database: new PgDatabase(created.#pool), sets }).up();
    return created;
  }

  meter(): Meter {
    return new Meter(this.#serverPid);
  }

  /** Connections that stay until the pool is ended, or the database dropped. */
  pool(options: pg.PoolConfig): pg.Pool {
    return this.#database.pool({ idleTimeoutMillis: 0, ...options });
  }

  async run(statement: string, values: unknown[] = []): Promise<readonly Record<string, unknown>[]> {
    const { rows } = await this.#pool.query(statement, values);
    return rows;
  }

  /** What autovacuum would have done by now. */
  async settle(): Promise<void> {
    await this.run('vacuum (analyze)');
    await (await this.#context.postgres()).checkpoint();
  }

  /** @throws Error unless each transition has its place in the history, a message that it sent, and a record of its event */
  async expectTransitions({ ours, byHand }: Transitions): Promise<void> {
    const tables = { history: ours, outbox_log: ours, inbox: ours };
    for (const [table, count] of Object.entries(tables)) await this.#expectRows(`holdfast_${inOurs(table)}`, count);
    for (const table of ['history', 'outbox', 'inbox']) await this.#expectRows(`hand_written_${table}`, byHand);
  }

  drop(): Promise<void> {
    return this.#database.drop();
  }

  async #expectRows(table: string, count: number): Promise<void> {
    const [row] = await this.run(`select count(*)::int as found from ${table}`);
    if (row?.['found'] !== count)
      throw new Error(`There are ${row?.['found']} rows in ${table} of ${count} transitions.`);
  }
}

function inOurs(table: string): string {
  return table === 'history' ? 'saga_history' : table;
}
