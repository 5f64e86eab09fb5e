import { PostgresOutboxStore } from '@holdfast/outbox';
import type { PostgresDatabase, SqlExecutor } from '@holdfast/sql';
import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { laneRow, logIds, type PostgresOutbox, postgresOutbox } from './postgres-outbox.ts';

/** The slot that rotation would free now. A period of a day and a half does not end during a test. */
async function nextSlot({ pool, store }: PostgresOutbox): Promise<number> {
  const seconds = 130_000;
  await store.setRetention({ seconds });
  const { rows } = await pool.query<{ slot: string }>(
    'select (extract(epoch from now())::bigint / $1 + 1) % 3 as slot',
    [seconds],
  );
  return Number(rows[0]!.slot);
}

/** What a transaction writes that began when `slot` was the present one. */
function insertOld(client: pg.ClientBase, slot: number, id: string) {
  return client.query(
    "insert into holdfast_outbox_log (slot, lane, key, id, source, type, attributes, body) values ($1, 0, 'k', $2, '/test', 't', '{}', '')",
    [slot, id],
  );
}

describe.each([15, 18] as const)('PostgreSQL %i', (version) => {
  test('what has been relayed is freed, what has not is kept', async () => {
    const world = await postgresOutbox(version);
    const { pool, store, publisher, relayOf } = world;
    const slot = await nextSlot(world);
    expect(await store.housekeeping.rotate()).toEqual({ freed: false, reason: 'nothing' });
    await insertOld(pool as never, slot, 'first');
    expect(await store.housekeeping.rotate()).toEqual({ freed: false, reason: 'waiting' });
    const relay = relayOf();
    await relay.runOnce();
    expect(publisher.ids).toEqual(['first']);
    await insertOld(pool as never, slot, 'second');
    expect(await store.housekeeping.rotate()).toEqual({ freed: false, reason: 'waiting' });
    await relay.runOnce();
    expect(await store.housekeeping.rotate()).toEqual({ freed: true, reason: 'freed' });
    expect(await logIds(pool)).toEqual([]);
  });

  test('what is relayed and recent is kept for replay', async () => {
    const world = await postgresOutbox(version);
    await nextSlot(world);
    const sent = await world.send({}, {});
    await world.relayOf().runOnce();
    expect(await world.store.housekeeping.rotate()).toEqual({ freed: false, reason: 'nothing' });
    expect(await logIds(world.pool)).toEqual(sent);
  });

  test('a transaction of an older time that has written and is still open is waited for, without waiting long', async () => {
    const world = await postgresOutbox(version);
    const { pool, store, publisher, relayOf } = world;
    const slot = await nextSlot(world);
    await insertOld(pool as never, slot, 'first');
    const relay = relayOf();
    await relay.runOnce();
    const open = await pool.connect();
    await open.query('begin');
    await insertOld(open, slot, 'late');
    const asked = performance.now();
    expect(await store.housekeeping.rotate()).toEqual({ freed: false, reason: 'locked' });
    expect(performance.now() - asked).toBeLessThan(2_000);
    await open.query('commit');
    open.release();
    expect(await store.housekeeping.rotate()).toEqual({ freed: false, reason: 'waiting' });
    await relay.runOnce();
    expect(publisher.ids).toEqual(['first', 'late']);
    expect(await store.housekeeping.rotate()).toEqual({ freed: true, reason: 'freed' });
  });

  test.each(['before it looks for the last time', 'after it has looked'])(
    'a transaction of an older time that commits %s is not lost',
    async (moment) => {
      const world = await postgresOutbox(version);
      const { pool, database, names, store, publisher, relayOf } = world;
      const slot = await nextSlot(world);
      await insertOld(pool as never, slot, 'first');
      const relay = relayOf();
      await relay.runOnce();
      const writer = await pool.connect();
      await writer.query("set lock_timeout = '300ms'");
      const word = moment.startsWith('before') ? 'lock table' : 'truncate';
      let tried = 0;
      let accepted = false;
      const before = async (text: string) => {
        if (!text.startsWith(word)) return;
        tried += 1;
        // Refused when the table is locked already; its sender then knows that nothing was sent.
        accepted = await insertOld(writer, slot, 'late').then(
          () => true,
          (error) => error.code !== '55P03',
        );
      };
      const watched = new PostgresOutboxStore({ database: intercepted(database, before), names });
      await watched.housekeeping.rotate();
      await writer.query('reset lock_timeout');
      const committed = await logIds(pool);
      writer.release();
      expect(tried).toBe(1);
      await relay.runOnce();
      expect(accepted).toBe(moment.startsWith('before'));
      expect(committed.includes('late')).toBe(accepted);
      expect(publisher.ids).toEqual(accepted ? ['first', 'late'] : ['first']);
      expect((await store.housekeeping.stats()).lanes[0]?.pending).toBe(0);
    },
  );

  test('an entry of any lane that waits keeps the whole slot', async () => {
    const world = await postgresOutbox(version);
    const { pool, store, outbox, publisher, relayOf } = world;
    await outbox.declareDestinations([{ name: 'mail' }]);
    const slot = await nextSlot(world);
    await insertOld(pool as never, slot, 'first');
    await pool.query(
      "insert into holdfast_outbox_log (slot, lane, id, source, type, attributes, body) values ($1, 1, 'mail', '/test', 't', '{}', '')",
      [slot],
    );
    const relay = relayOf({ publisher: { default: publisher } });
    await relay.runOnce();
    expect(await store.housekeeping.rotate()).toEqual({ freed: false, reason: 'waiting' });
    await relay.stop();
    await relayOf().runOnce();
    expect(publisher.ids).toEqual(['first', 'mail']);
    expect(await store.housekeeping.rotate()).toEqual({ freed: true, reason: 'freed' });
  });

  test('the floor of the cursor follows when transactions end, and stands while an older one is open', async () => {
    const world = await postgresOutbox(version);
    const { pool, send, relayOf, publisher } = world;
    const relay = relayOf({ cursorIntervalMs: 0 });
    const floorAfter = async () => {
      const sent = await send({});
      await relay.runOnce();
      await publisher.untilArrived(sent);
      return Number((await laneRow(pool)).floor);
    };
    // Transactions of other tests on this server count, too; they end.
    while ((await floorAfter()) === 0);
    const open = await pool.connect();
    await open.query('begin');
    await insertOld(open, 0, 'open');
    const { rows } = await open.query<{ position: string }>(
      "select position from holdfast_outbox_log where id = 'open'",
    );
    const position = Number(rows[0]!.position);
    for (let round = 0; round < 4; round += 1) expect(await floorAfter()).toBeLessThan(position);
    await open.query('commit');
    open.release();
    await relay.runOnce();
    expect(publisher.ids).toContain('open');
    while ((await floorAfter()) <= position);
  });
});

function intercepted(database: PostgresDatabase, before: (text: string) => Promise<void>): PostgresDatabase {
  const around = (executor: SqlExecutor): SqlExecutor => ({
    execute: async (statement) => {
      await before(statement.text);
      return executor.execute(statement);
    },
  });
  return {
    dialect: 'postgresql',
    execute: (statement) => around(database).execute(statement),
    transaction: (work) => database.transaction((tx) => work(around(tx))),
  };
}
