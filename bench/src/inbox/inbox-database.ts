import { postgresInboxMigrations } from '@holdfast/inbox-dedup';
import { Migrator } from '@holdfast/sql';
import { PgDatabase } from '@holdfast/sql/pg';
import type pg from 'pg';
import type { BenchDatabase } from '../harness/bench-postgres.ts';
import type { BenchContext } from '../harness/bench-row.ts';
import { Meter } from '../harness/meter.ts';
import { chargeTable } from './charge.ts';

const handWrittenTable =
  'create table hand_written_inbox (source text not null, id text not null, ' +
  'received_at timestamptz not null default now(), primary key (source, id))';

/** A fresh database of a real server with an inbox, a hand-written one, and a table for the effects. */
export class InboxDatabase {
  readonly database: BenchDatabase;
  /** For what is not measured. */
  readonly #pool: pg.Pool;
  readonly #context: BenchContext;
  readonly #serverPid: number;

  private constructor(database: BenchDatabase, context: BenchContext, serverPid: number) {
    this.database = database;
    this.#context = context;
    this.#serverPid = serverPid;
    this.#pool = database.pool({ max: 1 });
  }

  static async create(context: BenchContext): Promise<InboxDatabase> {
    const server = await context.postgres();
    const created = new InboxDatabase(await server.createDatabase(), context, server.pid);
    await created.run(chargeTable);
    await created.run(handWrittenTable);
    await new Migrator({ database: new PgDatabase(created.#pool), sets: [postgresInboxMigrations] }).up();
    return created;
  }

  meter(): Meter {
    return new Meter(this.#serverPid);
  }

  /** Connections that stay. */
  pool(options: pg.PoolConfig): pg.Pool {
    return this.database.pool({ idleTimeoutMillis: 0, ...options });
  }

  async run(statement: string, values: unknown[] = []): Promise<readonly Record<string, unknown>[]> {
    const { rows } = await this.#pool.query(statement, values);
    return rows;
  }

  /** What autovacuum would have done by now. */
  async settle(table: string): Promise<void> {
    await this.run(`vacuum (analyze) ${table}`);
    await (await this.#context.postgres()).checkpoint();
  }

  /** @throws Error unless there are exactly as many effects */
  async expectCharges(count: number): Promise<void> {
    const [row] = await this.run('select count(*)::int as charges from charge');
    if (row?.['charges'] !== count) throw new Error(`There are ${row?.['charges']} effects of ${count} messages.`);
  }

  drop(): Promise<void> {
    return this.database.drop();
  }
}
