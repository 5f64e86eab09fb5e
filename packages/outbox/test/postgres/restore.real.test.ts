import { Outbox, PostgresOutboxStore } from '@holdfast/outbox';
import type { PostgresDatabase } from '@holdfast/sql';
import { PgTransactions } from '@holdfast/sql/pg';
import type { PostgresTestDatabase } from '@holdfast/sql/testing';
import { describe, expect, test } from 'vitest';
import { Gate } from '../relay/gate.ts';
import { complete, inTransaction, laneRow, type PostgresOutbox, postgresOutbox } from './postgres-outbox.ts';
import { restoredDump } from './restored-dump.ts';

const fast = { leaseMs: 2_000, pollMinMs: 2, pollMaxMs: 20, cursorIntervalMs: 0, batchSize: 20, windowSize: 40 };

/** 60 messages published and recorded, then 40 that are not published. */
async function partlyRelayed(version: 15 | 18) {
  const world = await postgresOutbox(version);
  const key = (index: number) => ({ key: `key ${index % 5}` });
  const published: string[] = [];
  const relay = world.relayOf(fast);
  relay.start();
  for (let round = 0; round < 6; round += 1) {
    published.push(...(await world.send(...Array.from({ length: 10 }, (_, index) => key(index)))));
    await world.publisher.untilArrived(published);
  }
  await relay.stop();
  const waiting = await world.send(...Array.from({ length: 40 }, (_, index) => key(index)));
  return { world, published, waiting };
}

function storeOn(database: PostgresDatabase, { names }: PostgresTestDatabase) {
  const store = new PostgresOutboxStore({ database, names });
  const outbox = new Outbox({ store, transactions: new PgTransactions(), source: '/test' });
  const send = (db: PostgresTestDatabase, count: number) =>
    inTransaction(db.pool, (client) =>
      outbox.send(
        client,
        Array.from({ length: count }, (_, index) => complete({ key: `key ${index % 5}` })),
      ),
    );
  return { store, outbox, send };
}

async function runOnce(world: PostgresOutbox, store: PostgresOutboxStore): Promise<void> {
  const relay = world.relayOf({ ...fast, store });
  await relay.runOnce();
  await relay.stop();
}

/** First arrivals of each key must come in the order in which they were sent. */
function expectOrder(world: PostgresOutbox, sent: readonly string[]): void {
  const place = new Map(sent.map((id, index) => [id, index]));
  for (const key of new Set(world.publisher.arrivals.map((one) => one.key))) {
    const first = world.publisher.arrivals.filter((one) => one.key === key).map((one) => place.get(one.id)!);
    const order = [...new Set(first)];
    expect(order).toEqual([...order].sort((a, b) => a - b));
  }
}

describe.each([
  [15, 18, 'a younger server'],
  [18, 15, 'a younger server'],
  [15, 18, 'an older server'],
  [18, 18, 'the same server'],
] as const)('PostgreSQL %i restored into %i, %s', (from, to, into) => {
  test('F4.11: after a restore everything unpublished and everything new is published, and nothing for ever again', async () => {
    const { world, published, waiting } = await partlyRelayed(from);
    const restored = await restoredDump(world, to, into);
    const { store, send } = storeOn(restored.database, restored);
    const before = await send(restored, 10);
    world.publisher.arrivals.length = 0;
    const relay = world.relayOf({ ...fast, store });
    relay.start();
    const after = await send(restored, 20);
    const sent = [...published, ...waiting, ...before, ...after];
    await world.publisher.untilArrived([...waiting, ...before, ...after]);
    await relay.stop();
    expectOrder(world, sent);
    // What was published before the dump may come again, once; nothing comes a third time.
    expect(world.publisher.arrivals.length).toBe(world.publisher.firstIds.length);
    const quiet = world.publisher.arrivals.length;
    for (let round = 0; round < 3; round += 1) await runOnce(world, store);
    expect(world.publisher.arrivals).toHaveLength(quiet);
    const last = await send(restored, 3);
    await runOnce(world, store);
    expect(world.publisher.ids.slice(quiet)).toEqual(last);
    expect((await store.housekeeping.stats()).lanes[0]?.pending).toBe(0);
  });
});

describe.each([
  [15, 18, 'a younger server'],
  [18, 15, 'a younger server'],
  [15, 18, 'an older server'],
] as const)('PostgreSQL %i restored into %i, %s', (from, to, into) => {
  test('F4.11: a relay whose database becomes another one while it runs notices, claims anew and skips nothing', async () => {
    const { world, published, waiting } = await partlyRelayed(from);
    let current: PostgresDatabase = world.database;
    const switching: PostgresDatabase = {
      dialect: 'postgresql',
      execute: (statement) => current.execute(statement),
      transaction: (work) => current.transaction(work),
    };
    const { store, send } = storeOn(switching, world);
    // Its lease is in the dump, too, so that nothing but the history tells it.
    const relay = world.relayOf({ ...fast, store, leaseMs: 600_000 });
    relay.start();
    await world.publisher.untilArrived(waiting);
    const restored = await restoredDump(world, to, into);
    const first = await send(restored, 10);
    current = restored.database;
    const second = await send(restored, 10);
    await world.publisher.untilArrived([...first, ...second]);
    const third = await send(restored, 10);
    await world.publisher.untilArrived(third);
    await relay.stop();
    expectOrder(world, [...published, ...waiting, ...first, ...second, ...third]);
    const lost = world.events.filter((event) => event.type === 'lane-lost');
    expect(lost).toMatchObject([{ reason: expect.stringContaining('history changed') }]);
    const histories = [(await laneRow(world.pool)).history, (await laneRow(restored.pool)).history];
    expect(new Set(histories).size).toBe(2);
    const quiet = world.publisher.arrivals.length;
    await runOnce(world, store);
    expect(world.publisher.arrivals).toHaveLength(quiet);
  });
});

describe.each([15, 18] as const)('PostgreSQL %i', (version) => {
  test('F4.11: progress made in the old database is not recorded in the restored one', async () => {
    const { world } = await partlyRelayed(version);
    const restored = await restoredDump(world, version === 15 ? 18 : 15, 'a younger server');
    const { store: before } = storeOn(world.database, world);
    const { store: after } = storeOn(restored.database, restored);
    const claim = (await before.lanes.claim(0, 50n))!;
    const page = await before.lanes.read(claim, claim.cursor, 10);
    const anew = (await after.lanes.claim(0, 50n))!;
    const row = await laneRow(restored.pool);
    expect(await after.lanes.settle(claim, { cursor: page.end, parked: [] })).toBeNull();
    expect(await laneRow(restored.pool)).toEqual(row);
    expect(await after.lanes.settle(anew, { cursor: anew.cursor, parked: [] })).not.toBeNull();
  });

  test('F4.11: rotation after a restore frees nothing that a lane which nobody has claimed yet still has to relay', async () => {
    const { world } = await partlyRelayed(version);
    const restored = await restoredDump(world, version === 15 ? 18 : 15, 'a younger server');
    const { store, send } = storeOn(restored.database, restored);
    // As if the log were full of the past; what is sent now is in the slot that is freed next.
    await restored.pool.query('truncate holdfast_outbox_log');
    const sent = await send(restored, 5);
    const slots = await restored.pool.query<{ slot: number }>('select distinct slot from holdfast_outbox_log');
    expect(slots.rows).toHaveLength(1);
    await untilNextSlotIs(restored, slots.rows[0]!.slot);
    expect(await store.housekeeping.rotate()).toEqual({ freed: false, reason: 'waiting' });
    await world.relayOf({ ...fast, store }).runOnce();
    await world.publisher.untilArrived(sent);
    expect(await store.housekeeping.rotate()).toEqual({ freed: true, reason: 'freed' });
  });

  test('F4.7: nothing waits behind a gate: a read that began before the lane was lost changes nothing when it ends', async () => {
    const world = await postgresOutbox(version);
    const gate = new Gate();
    const store = new PostgresOutboxStore({ database: gate.around(world.database), names: world.names });
    await world.send({}, {});
    const claim = (await store.lanes.claim(0, 1n))!;
    gate.close();
    const reading = store.lanes.read(claim, claim.cursor, 10);
    await world.store.lanes.claim(0, 2n);
    gate.open();
    const page = await reading;
    expect(page.entries).toHaveLength(2);
    expect(await store.lanes.settle(claim, { cursor: page.end, parked: [] })).toBeNull();
  });
});

/** Chooses the length of a period so that the slot after the present one is `slot`; there always is one within a few. */
async function untilNextSlotIs({ pool }: PostgresTestDatabase, slot: number): Promise<void> {
  const next = '(extract(epoch from now())::bigint / s + 1) % 3 = $1';
  const { rowCount } = await pool.query(
    'update holdfast_outbox_destination set rotation_seconds = (select s from generate_series(100000, 200000) s ' +
      `where ${next} and extract(epoch from now())::bigint % s between 1000 and s - 1000 limit 1)`,
    [slot],
  );
  expect(rowCount).toBe(1);
}
