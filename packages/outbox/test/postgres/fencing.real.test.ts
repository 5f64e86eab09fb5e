import { Outbox, PostgresOutboxStore, Relay, SqliteOutboxStore, sqliteOutboxMigrations } from '@holdfast/outbox';
import { Migrator, sqliteLeaseMigrations } from '@holdfast/sql';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { KyselyTransactions } from '@holdfast/sql/kysely';
import { sqliteTestDatabase } from '@holdfast/sql/testing';
import { Kysely, SqliteDialect } from 'kysely';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Gate } from '../relay/gate.ts';
import { complete, laneRow, postgresOutbox } from './postgres-outbox.ts';
import { RecordingPublisher } from './recording-publisher.ts';

const settings = { leaseMs: 1_000, pollMinMs: 2, pollMaxMs: 20, cursorIntervalMs: 0 };

describe.each([15, 18] as const)('PostgreSQL %i', (version) => {
  test('F4.7: what a relay records after its lease was taken over changes nothing, and the cursor does not go back', async () => {
    const world = await postgresOutbox(version);
    const { pool, database, names, publisher, send, relayOf } = world;
    const gate = new Gate();
    const paused = new PostgresOutboxStore({ database: gate.around(database), names });
    const first = relayOf({ ...settings, store: paused });
    first.start();
    await publisher.untilArrived(await send({ key: 'a' }, { key: 'b' }));
    // Its receipts come when it can no longer record them.
    publisher.beforeReceipts = async () => gate.close();
    await publisher.untilArrived(await send({ key: 'a' }));
    publisher.beforeReceipts = () => Promise.resolve();
    const second = relayOf(settings);
    second.start();
    await publisher.until(() => publisher.ids.length > publisher.firstIds.length);
    await publisher.untilArrived(await send({ key: 'a' }, { key: 'b' }));
    await second.stop();
    const before = await laneRow(pool);
    gate.open();
    await expect.poll(() => world.events.map((event) => event.type), { timeout: 5_000 }).toContain('lane-lost');
    const report = await first.stop();
    // The first one may have the lane again by now, under a newer token; what it had to record is not in it.
    const { consumed, target, position } = before;
    expect(await laneRow(pool)).toMatchObject({ consumed, target, position });
    expect(report.abandoned).toBe(0);
    expect(new Set(publisher.ids).size).toBe(5);
    await relayOf().runOnce();
    expect(new Set(publisher.ids).size).toBe(5);
  });

  test('F4.7: a claim under an older token is refused, and so is everything that it would record', async () => {
    const { pool, store, send } = await postgresOutbox(version);
    await send({ key: 'a' }, { key: 'a' });
    const old = (await store.lanes.claim(0, 5n))!;
    const page = await store.lanes.read(old, old.cursor, 10);
    const current = (await store.lanes.claim(0, 6n))!;
    expect(await store.lanes.claim(0, 5n)).toBeNull();
    const before = await laneRow(pool);
    const [entry] = page.entries;
    const parked = [{ entry: entry!, role: 'rejected' as const, reason: 'no' }];
    expect(await store.lanes.settle(old, { cursor: page.end, parked })).toBeNull();
    expect(await store.lanes.settle(old, { cursor: page.end, parked: [] })).toBeNull();
    expect(await store.parking.resolve(old, { done: [entry!], refused: null })).toBeNull();
    expect(await laneRow(pool)).toEqual(before);
    expect(await store.parking.list({})).toEqual([]);
    expect(await store.lanes.settle(current, { cursor: page.end, parked })).not.toBeNull();
    expect(await store.parking.list({})).toHaveLength(1);
  });

  test('F4.9: the parked message and the cursor behind it are recorded both or neither', async () => {
    const { pool, store, send } = await postgresOutbox(version);
    await send({ key: 'a' });
    const claim = (await store.lanes.claim(0, 1n))!;
    const page = await store.lanes.read(claim, claim.cursor, 10);
    const before = await laneRow(pool);
    await pool.query("alter table holdfast_outbox_parked add constraint broken check (reason <> 'no')");
    const parked = [{ entry: page.entries[0]!, role: 'rejected' as const, reason: 'no' }];
    await expect(store.lanes.settle(claim, { cursor: page.end, parked })).rejects.toMatchObject({ code: '23514' });
    expect(await laneRow(pool)).toEqual(before);
    await pool.query('alter table holdfast_outbox_parked drop constraint broken');
    await store.lanes.settle(claim, { cursor: page.end, parked });
    await store.lanes.settle(claim, { cursor: page.end, parked });
    expect(await store.parking.list({})).toHaveLength(1);
    const next = (await store.lanes.claim(0, 2n))!;
    expect(next.parkedKeys).toEqual(['a']);
    expect((await store.lanes.read(next, next.cursor, 10)).entries).toEqual([]);
  });

  test('F4.9: a poison message on a real database is parked with its key and redriven in order', async () => {
    const { send, publisher, relayOf, outbox } = await postgresOutbox(version);
    const relay = relayOf({ ...settings, strictKeys: true });
    const [bad] = await send({ key: 'a' }, { key: 'a' }, { key: 'b' });
    publisher.poison.add(bad!);
    await relay.runOnce();
    await send({ key: 'a' });
    await relay.runOnce();
    expect((await outbox.parked()).map((one) => one.role)).toEqual(['rejected', 'behind', 'behind']);
    expect(publisher.arrivals.map((one) => one.key)).toEqual(['b']);
    publisher.poison.clear();
    const parked = (await outbox.parked()).map((one) => one.id);
    await outbox.request('redrive', { key: 'a' });
    relay.start();
    await publisher.untilArrived(parked);
    expect(publisher.ids.slice(1)).toEqual(parked);
  });

  test('when the database cuts every connection, the relay goes on by itself', async () => {
    const { pool, send, publisher, relayOf } = await postgresOutbox(version);
    relayOf(settings).start();
    await publisher.untilArrived(await send({}, {}));
    for (let round = 0; round < 3; round += 1) {
      const cut =
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()';
      await pool.query(cut);
      await publisher.untilArrived(await retried(() => send({})));
    }
  });
});

/** A client that was idle when it was cut says so on its next use. */
async function retried<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === 20) throw error;
    }
  }
}

test('SQLite, F4.7: two relays on one file; the lane is with one of them, and changes hands without loss', async () => {
  const db = sqliteTestDatabase();
  onTestFinished(() => db.drop());
  const { names } = db;
  await new Migrator({ database: db.database, names, sets: [sqliteLeaseMigrations, sqliteOutboxMigrations] }).up();
  const stores = [0, 1].map(() => new SqliteOutboxStore({ database: new BetterSqlite3Database(db.open()), names }));
  const publisher = new RecordingPublisher();
  const relays = stores.map((store) => new Relay({ ...settings, store, publisher }));
  onTestFinished(() => Promise.all(relays.map((relay) => relay.stop())).then(() => {}));
  const kysely = new Kysely<unknown>({ dialect: new SqliteDialect({ database: db.open() }) });
  const outbox = new Outbox({
    store: stores[0]!,
    transactions: new KyselyTransactions({ dialect: 'sqlite' }),
    source: '/test',
  });
  const send = (count: number) =>
    kysely.transaction().execute((tx) =>
      outbox.send(
        tx,
        Array.from({ length: count }, () => complete({ key: 'a' })),
      ),
    );
  const sent = [...(await send(10))];
  for (const relay of relays) relay.start();
  await publisher.untilArrived(sent);
  expect(relays.filter((relay) => relay.status()[0]?.held)).toHaveLength(1);
  const holder = relays.findIndex((relay) => relay.status()[0]?.held);
  await relays[holder]!.stop();
  sent.push(...(await send(10)));
  await publisher.untilArrived(sent);
  expect(publisher.ids).toEqual(sent);
});
