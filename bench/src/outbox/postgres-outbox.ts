import { encodeAttributes, type Publisher } from '@holdfast/core';
import { PostgresOutboxStore, postgresOutboxMigrations, Relay, type RelaySettings } from '@holdfast/outbox';
import { Migrator, postgresLeaseMigrations } from '@holdfast/sql';
import { PgDatabase } from '@holdfast/sql/pg';
import type pg from 'pg';
import type { BenchDatabase } from '../harness/bench-postgres.ts';
import type { BenchContext } from '../harness/bench-row.ts';
import { Meter } from '../harness/meter.ts';
import { orderEnvelopes } from './order-message.ts';

export interface FillOptions {
  readonly count: number;
  /** How many keys the messages share; 0 for messages without a key. */
  readonly keys: number;
  /** As set by `setRetention`. @default an hour */
  readonly rotationSeconds?: number;
}

/** Rows of one transaction when a log is filled. */
const FILL_ROWS = 10_000;

/** An outbox in a fresh database of a real server. */
export class PostgresOutbox {
  readonly database: BenchDatabase;
  readonly pool: pg.Pool;
  readonly store: PostgresOutboxStore;
  readonly #context: BenchContext;
  readonly #serverPid: number;

  private constructor(database: BenchDatabase, context: BenchContext, serverPid: number) {
    this.database = database;
    this.#context = context;
    this.#serverPid = serverPid;
    this.pool = database.pool({ max: 10 });
    this.store = new PostgresOutboxStore({ database: new PgDatabase(this.pool), deferToCommit: true });
  }

  static async create(context: BenchContext): Promise<PostgresOutbox> {
    const server = await context.postgres();
    const outbox = new PostgresOutbox(await server.createDatabase(), context, server.pid);
    const sets = [postgresLeaseMigrations, postgresOutboxMigrations];
    await new Migrator({ database: new PgDatabase(outbox.pool), sets }).up();
    return outbox;
  }

  meter(): Meter {
    return new Meter(this.#serverPid);
  }

  relay(publisher: Publisher, settings: RelaySettings = {}): Relay {
    return new Relay({ store: this.store, publisher, ...settings });
  }

  /** Commits messages as `send` would write them, faster than `send` could. */
  async fill({ count, keys, rotationSeconds = 3_600 }: FillOptions): Promise<void> {
    const [template] = orderEnvelopes(1, () => undefined);
    if (template === undefined) throw new TypeError('no message to fill the log with');
    for (let done = 0; done < count; done += FILL_ROWS) {
      await this.pool.query(
        'insert into holdfast_outbox_log (slot, lane, key, id, source, type, attributes, body) ' +
          "select extract(epoch from now())::bigint / $8::int % 3, 0, case when $1 > 0 then 'key-' || n % $1 end, " +
          'gen_random_uuid()::text, $2, $3, $4, $5::bytea from generate_series($6::int, $7::int) n',
        [
          keys,
          template.source,
          template.type,
          encodeAttributes(template.attributes),
          template.body,
          done,
          Math.min(count, done + FILL_ROWS) - 1,
          rotationSeconds,
        ],
      );
    }
  }

  /** What autovacuum would have done by now. */
  async settle(table = 'holdfast_outbox_log'): Promise<void> {
    await this.pool.query(`vacuum (analyze) ${table}`);
    await (await this.#context.postgres()).checkpoint();
  }

  /** Everything in the log waits again. */
  async rewind(): Promise<void> {
    await this.pool.query(
      "update holdfast_outbox_lane set consumed = '3:3:', target = null, position = 0, floor = 0, candidate_xid = null",
    );
  }

  /** Nothing in the log waits any more, and everybody who wrote it has ended. */
  async skipAll(): Promise<void> {
    const last = '(select case when is_called then last_value else 0 end from holdfast_outbox_position)';
    await this.pool.query(
      'update holdfast_outbox_lane set consumed = pg_current_snapshot()::text, target = null, candidate_xid = null, ' +
        `position = ${last}, floor = ${last}`,
    );
  }

  drop(): Promise<void> {
    return this.database.drop();
  }
}
