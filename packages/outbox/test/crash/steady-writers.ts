import { SeededRandom } from '@holdfast/core/testing';
import type pg from 'pg';
import { onTestFinished } from 'vitest';
import { inTransaction, type PostgresOutbox } from '../postgres/postgres-outbox.ts';

const KEYS = Array.from({ length: 10 }, (_, index) => `key ${index}`);

/**
 * Services that send all the time. Each message's number within its key is taken after it was sent, in the same transaction,
 * so that it says in which order they were committed.
 */
export class SteadyWriters {
  readonly #world: PostgresOutbox;
  readonly #stop = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  private constructor(world: PostgresOutbox) {
    this.#world = world;
  }

  static async start(world: PostgresOutbox, options: { readonly writers: number; readonly pauseMs: number }) {
    const { pool } = world;
    await pool.query('create table counter (key text primary key, n bigint not null default 0)');
    await pool.query('create table truth (id text primary key, key text not null, n bigint not null)');
    await pool.query('insert into counter (key) select unnest($1::text[])', [KEYS]);
    const writers = new SteadyWriters(world);
    const all = Array.from({ length: options.writers }, (_, seed) => writers.#write(seed, options.pauseMs));
    writers.#running = Promise.all(all);
    // A test that fails before it stops them must not let them go on over a pool that is closed.
    onTestFinished(async () => {
      writers.#stop.abort();
      await Promise.allSettled(all);
    });
    return writers;
  }

  /** Stops, and returns the ids of each key in the order of their commits. */
  async stop(): Promise<ReadonlyMap<string, readonly string[]>> {
    this.#stop.abort();
    await this.#running;
    const { rows } = await this.#world.pool.query<{ id: string; key: string }>('select id, key from truth order by n');
    return new Map(KEYS.map((key) => [key, rows.filter((row) => row.key === key).map((row) => row.id)]));
  }

  async #write(seed: number, pauseMs: number): Promise<void> {
    const chance = new SeededRandom(seed);
    while (!this.#stop.signal.aborted) {
      const count = chance.integer(1, 3);
      await this.#send([...new Set(Array.from({ length: count }, () => KEYS[chance.integer(0, 9)]!))].sort());
      await new Promise((resolve) => setTimeout(resolve, chance.integer(0, 2 * pauseMs)));
    }
  }

  #send(keys: readonly string[]): Promise<void> {
    return inTransaction(this.#world.pool, async (client: pg.PoolClient) => {
      const ids = await this.#world.outbox.send(
        client,
        keys.map((key) => ({ type: 'order.placed', key, data: {} })),
      );
      for (const [index, key] of keys.entries()) {
        await client.query(
          'with taken as (update counter set n = n + 1 where key = $1 returning n) insert into truth select $2, $1, n from taken',
          [key, ids[index]],
        );
      }
    });
  }
}
