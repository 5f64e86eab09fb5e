import { encodeAttributes } from '@holdfast/core';
import { Migrator } from '@holdfast/sql';
import { PgDatabase } from '@holdfast/sql/pg';
import { postgresQueueMigrations, type SqlQueueDeclaration, SqlTransport } from '@holdfast/transports/sql';
import type pg from 'pg';
import type { BenchDatabase } from '../harness/bench-postgres.ts';
import type { BenchContext } from '../harness/bench-row.ts';
import { Meter } from '../harness/meter.ts';
import { orderEnvelopes } from '../outbox/order-message.ts';

export const QUEUE = 'orders';

export interface FillQueueOptions {
  readonly count: number;
  /** How many keys the messages share; 0 for messages without a key. @default 0 */
  readonly keys?: number;
}

/** Our durable queue in a fresh database of a real PostgreSQL server. */
export class PostgresQueue {
  readonly database: BenchDatabase;
  readonly pool: pg.Pool;
  readonly #context: BenchContext;
  readonly #serverPid: number;

  private constructor(database: BenchDatabase, context: BenchContext, serverPid: number) {
    this.database = database;
    this.#context = context;
    this.#serverPid = serverPid;
    this.pool = database.pool({ max: 4 });
  }

  static async create(context: BenchContext, order: SqlQueueDeclaration['order'] = 'none'): Promise<PostgresQueue> {
    const server = await context.postgres();
    const queue = new PostgresQueue(await server.createDatabase(), context, server.pid);
    await new Migrator({ database: new PgDatabase(queue.pool), sets: [postgresQueueMigrations] }).up();
    const transport = queue.transport(1);
    await transport.declare({ queue: QUEUE, types: ['order.placed'], order });
    await transport.close();
    return queue;
  }

  meter(): Meter {
    return new Meter(this.#serverPid);
  }

  /** One that uses so many connections; its owner closes it. */
  transport(connections: number): SqlTransport {
    return new SqlTransport({ database: new PgDatabase(this.database.pool({ max: connections })) });
  }

  /** Commits messages as `publish` would write them, faster than `publish` could. */
  async fill({ count, keys = 0 }: FillQueueOptions): Promise<void> {
    const [template] = orderEnvelopes(1, () => undefined);
    if (template === undefined) throw new TypeError('no message to fill the queue with');
    const { source, type, attributes, body } = template;
    await this.pool.query(
      'insert into holdfast_queue_message (queue_id, lane, key, id, source, type, attributes, body) ' +
        'select q.id, case when q.ordered then hashtextextended(n.key, q.id) end, n.key, gen_random_uuid()::text, $1, $2, $3, $4::bytea ' +
        "from holdfast_queue q, (select case when $5 > 0 then 'key-' || n % $5 end as key from generate_series(1, $6::int) n) n " +
        'where q.name = $7',
      [source, type, encodeAttributes(attributes), body, keys, count, QUEUE],
    );
  }

  /** What autovacuum would have done by now. */
  async settle(tables = 'holdfast_queue_message, holdfast_queue_claim'): Promise<void> {
    await this.pool.query(`vacuum (analyze) ${tables}`);
    await (await this.#context.postgres()).checkpoint();
  }

  drop(): Promise<void> {
    return this.database.drop();
  }
}
