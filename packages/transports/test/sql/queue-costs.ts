import { SqlTransport } from '@holdfast/transports/sql';
import type pg from 'pg';
import { onTestFinished } from 'vitest';
import { type PostgresQueues, postgresQueues } from './postgres-queues.ts';

export interface Taken {
  /** Pages of tables and indexes that were touched. */
  readonly pages: number;
  readonly claim: string;
  readonly positions: readonly string[];
}

/** One queue as one session of the database sees it, whose kept plans were made while the queue was empty. */
export class QueueCosts {
  readonly queues: PostgresQueues;
  readonly client: pg.PoolClient;
  readonly #id: number;
  readonly #ordered: boolean;
  readonly #leaseMs: number;
  #marks: readonly [string | null, string] = [null, '0'];

  private constructor(
    queues: PostgresQueues,
    client: pg.PoolClient,
    queue: { id: number; ordered: boolean; leaseMs: number },
  ) {
    this.queues = queues;
    this.client = client;
    this.#id = queue.id;
    this.#ordered = queue.ordered;
    this.#leaseMs = queue.leaseMs;
  }

  static async open(version: 15 | 18, order: 'none' | 'key', leaseMs = 600_000): Promise<QueueCosts> {
    const queues = await postgresQueues(version);
    const { database, names, postgres, table } = queues;
    const transport = new SqlTransport({ database, names });
    await transport.declare({ queue: 'costs', types: ['*'], order, leaseMs: 600_000 });
    await transport.close();
    for (const name of ['queue_message', 'queue_claim']) {
      await postgres.pool.query(`alter table ${table(name)} set (autovacuum_enabled = false)`);
    }
    const { rows } = await postgres.pool.query(`select id, ordered from ${table('queue')} where name = 'costs'`);
    const client = await postgres.pool.connect();
    onTestFinished(() => client.release());
    const costs = new QueueCosts(queues, client, { ...rows[0], leaseMs });
    await costs.#keepPlans();
    return costs;
  }

  /** Messages whose keys are an expression of their number `n`. */
  async fill(count: number, key = 'null'): Promise<void> {
    const { postgres, table } = this.queues;
    await postgres.pool.query(
      `insert into ${table('queue_message')} (queue_id, lane, key, id, source, type, attributes, body)
       select $1::integer, ${this.#ordered ? `hashtextextended(${key}, $1)` : 'null'}, ${key}, n::text, '/test', 'a', '{}', repeat('x', 200)::bytea
       from generate_series(1, $2::int) n order by n`,
      [this.#id, count],
    );
  }

  /** @param share How many places those that came back have. */
  async pull(max: number, share = 0): Promise<Taken> {
    const { table } = this.queues;
    const call = `${table('queue_pull')}($1, $2, $3, $4, ${this.#leaseMs}, $5, $6)`;
    const pages = await this.#explain(`select * from ${call}`, [this.#id, this.#ordered, max, share, ...this.#marks]);
    const { rows } = await this.client.query(
      `select claim, positions, extract(epoch from clock_timestamp()) * 1000 - 1000 as due_from from ${table('queue_claim')}
       where queue_id = $1 and leased and due_at < 'infinity' order by due_at desc limit 1`,
      [this.#id],
    );
    this.#marks = [rows[0]?.due_from ?? null, this.#ordered ? await this.#oldest() : '0'];
    return { pages, claim: rows[0]?.claim, positions: rows[0]?.positions ?? [] };
  }

  /** Position of the oldest message, from the last one that was known. */
  async #oldest(): Promise<string> {
    const { rows } = await this.client.query(
      `select position from ${this.queues.table('queue_message')} where queue_id = $1 and position >= $2 order by position limit 1`,
      [this.#id, this.#marks[1]],
    );
    return rows[0]?.position ?? this.#marks[1];
  }

  async ack({ claim, positions }: Pick<Taken, 'claim' | 'positions'>): Promise<number> {
    const { table } = this.queues;
    return this.#explain(`select * from ${table('queue_ack')}($1, $2, $3, $4, $5)`, [
      this.#id,
      this.#ordered,
      [claim],
      [positions.length],
      positions,
    ]);
  }

  /** Both, as often as it takes; returns how many messages there were. */
  async drain(max: number, rounds = Number.POSITIVE_INFINITY): Promise<number> {
    let count = 0;
    for (let round = 0; round < rounds; round += 1) {
      const taken = await this.pull(max, 10);
      if (taken.positions.length === 0) break;
      count += taken.positions.length;
      await this.ack(taken);
    }
    return count;
  }

  /** A plan is kept from the sixth call on. */
  async #keepPlans(): Promise<void> {
    for (let round = 0; round < 8; round += 1) {
      await this.fill(2, "'warm ' || n");
      await this.ack(await this.pull(2, 1));
      await this.pull(2, 2);
    }
  }

  async #explain(text: string, values: readonly unknown[]): Promise<number> {
    const { rows } = await this.client.query(`explain (analyze, buffers, format json) ${text}`, [...values]);
    const plan = rows[0]['QUERY PLAN'][0].Plan;
    return plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
  }
}
