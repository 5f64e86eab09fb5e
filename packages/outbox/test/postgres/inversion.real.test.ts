import { SeededRandom } from '@holdfast/core/testing';
import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { complete, inTransaction, type PostgresOutbox, postgresOutbox } from './postgres-outbox.ts';

const WRITERS = 12;
const KEYS = Array.from({ length: 20 }, (_, index) => `key ${index}`);
const LONG = 'key of the long transaction';
const ENOUGH_MESSAGES = 5_000;
const ENOUGH_ROTATIONS = 4;
const LIMIT_MS = 40_000;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/**
 * Sends, and only then takes the number of each key, so that nothing but the outbox's own lock makes the order of
 * positions the order of commits.
 */
async function sendNumbered(client: pg.PoolClient, { outbox }: PostgresOutbox, keys: readonly string[]) {
  const ids = await outbox.send(
    client,
    keys.map((key) => complete({ key })),
  );
  for (const [index, key] of keys.entries()) {
    await client.query(
      'with taken as (update counter set n = n + 1 where key = $1 returning n) insert into truth select $2, $1, n from taken',
      [key, ids[index]],
    );
  }
}

async function write(world: PostgresOutbox, chance: SeededRandom): Promise<'committed' | 'rolled back'> {
  const client = await world.pool.connect();
  try {
    await client.query('begin');
    // Its transaction id is drawn here; others that draw theirs and a position later will commit before.
    if (chance.next() < 0.3) {
      await client.query('select pg_current_xact_id()');
      await pause(chance.integer(0, 30));
    }
    if (chance.next() < 0.15) {
      await client.query('savepoint undone');
      await sendNumbered(client, world, [KEYS[chance.integer(0, 19)]!]);
      await client.query('rollback to savepoint undone');
    }
    // In the order of all for the counters, whose row locks have nothing to do with the outbox.
    const count = chance.next() < 0.5 ? 1 : chance.integer(2, 4);
    const keys = [...new Set(Array.from({ length: count }, () => KEYS[chance.integer(0, 19)]!))].sort();
    if (chance.next() < 0.2) await client.query('savepoint kept');
    await sendNumbered(client, world, keys);
    if (chance.next() < 0.2) await world.outbox.send(client, complete({ type: 'without.key' }));
    await pause(chance.next() < 0.7 ? 0 : chance.integer(1, 15));
    const end = chance.next() < 0.1 ? 'rollback' : 'commit';
    await client.query(end);
    return end === 'commit' ? 'committed' : 'rolled back';
  } finally {
    client.release();
  }
}

/** Rotates all the time until it is told to stop; returns how often entries were freed. */
async function rotateUntil(world: PostgresOutbox, stop: AbortSignal, onFreed: () => void): Promise<void> {
  while (!stop.aborted) {
    const { freed } = await world.store.housekeeping.rotate();
    if (freed) onFreed();
    await pause(50);
  }
}

describe.each([15, 18] as const)('PostgreSQL %i', (version) => {
  test('F4.8, F4.10: position order is commit order per key; nothing is skipped, nothing comes twice, a long transaction delays nobody', {
    timeout: 90_000,
  }, async () => {
    const world = await postgresOutbox(version, { poolSize: WRITERS + 8 });
    const { pool, store, outbox, publisher, relayOf } = world;
    await store.setRetention({ seconds: 1 });
    await pool.query('create table counter (key text primary key, n bigint not null default 0)');
    await pool.query('create table truth (id text primary key, key text not null, n bigint not null)');
    await pool.query('insert into counter (key) select unnest($1::text[])', [[...KEYS, LONG]]);
    const relay = relayOf({ cursorIntervalMs: 5, pollMinMs: 1, pollMaxMs: 10, pageSize: 200, batchSize: 20 });
    relay.start();

    const long = await pool.connect();
    await long.query('begin');
    await sendNumbered(long, world, [LONG]);

    const started = performance.now();
    const done = new AbortController();
    let rotations = 0;
    let committed = 0;
    let rolledBack = 0;
    const enough = () => publisher.arrivals.length >= ENOUGH_MESSAGES && rotations >= ENOUGH_ROTATIONS;
    const rotating = rotateUntil(world, done.signal, () => {
      rotations += 1;
    });
    const writers = Array.from({ length: WRITERS }, async (_, writer) => {
      const chance = new SeededRandom(version * 100 + writer);
      while (!enough() && performance.now() - started < LIMIT_MS) {
        if ((await write(world, chance)) === 'committed') committed += 1;
        else rolledBack += 1;
      }
    });
    await Promise.all(writers);

    // Everything but the long transaction's message, which is still open.
    const others = await pool.query<{ id: string }>('select id from truth');
    await publisher.untilArrived(others.rows.map((row) => row.id));
    expect(publisher.arrivals.some((one) => one.key === LONG)).toBe(false);
    await long.query('commit');
    long.release();
    outbox.wakeUp();
    await publisher.until(() => publisher.arrivals.some((one) => one.key === LONG));
    done.abort();
    await rotating;
    await relay.stop();
    await relayOf().runOnce();

    expect(rotations).toBeGreaterThanOrEqual(ENOUGH_ROTATIONS);
    expect(committed).toBeGreaterThan(1_000);
    expect(rolledBack).toBeGreaterThan(50);
    const keyed = publisher.arrivals.filter((one) => one.key !== null);
    expect(new Set(publisher.ids).size).toBe(publisher.ids.length);
    const truth = await pool.query<{ id: string; key: string; n: string }>('select id, key, n from truth order by n');
    expect(keyed).toHaveLength(truth.rows.length);
    expect(truth.rows.length).toBeGreaterThan(ENOUGH_MESSAGES / 2);
    for (const key of [...KEYS, LONG]) {
      const expected = truth.rows.filter((row) => row.key === key).map((row) => row.id);
      expect(keyed.filter((one) => one.key === key).map((one) => one.id)).toEqual(expected);
    }
    const after = await outbox.stats();
    expect(after.lanes[0]).toMatchObject({ pending: 0, oldestAgeMs: 0, parked: 0 });
  });

  test('F4.10: what was committed while an old transaction is open is relayed within a second; then that one too', async () => {
    const { pool, outbox, publisher, send, relayOf } = await postgresOutbox(version);
    relayOf().start();
    await inTransaction(pool, async (open) => {
      const [held] = await outbox.send(open, complete({ key: 'a' }));
      for (let round = 0; round < 5; round += 1) {
        const sent = await send({ key: 'b' }, { key: 'c' });
        await publisher.untilArrived(sent, 3_000);
      }
      expect(publisher.ids).not.toContain(held);
    });
    await publisher.until(() => publisher.arrivals.length === 11);
    expect(publisher.arrivals.at(-1)?.key).toBe('a');
  });
});
