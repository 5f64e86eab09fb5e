import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Outbox, PostgresOutboxStore } from '@holdfast/outbox';
import { Migrator } from '@holdfast/sql';
import { PgDatabase, PgTransactions } from '@holdfast/sql/pg';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { complete, inTransaction, type PostgresOutbox, postgresOutbox, sets } from './postgres-outbox.ts';

const document = readFileSync(new URL('../../../../docs/operations/outbox-roles.md', import.meta.url), 'utf8');

/** The SQL of one role in the document, for a role of another name. */
function grantsOf(role: string, name: string): string {
  const blocks = [...document.matchAll(/```sql\n([\s\S]*?)```/g)].map((match) => match[1]!);
  const grants = blocks.filter((block) => block.includes(` to ${role};`));
  expect(grants).toHaveLength(1);
  return grants[0]!.replaceAll(` to ${role};`, ` to ${name};`);
}

/** A pool that has logged in as a role with the document's grants and nothing else. */
async function poolOf({ pool, url }: PostgresOutbox, ...roles: readonly string[]): Promise<pg.Pool> {
  const name = `holdfast_${roles[0]}_${randomBytes(8).toString('hex')}`;
  const password = randomBytes(16).toString('hex');
  await pool.query(`create role ${name} login password '${password}'`);
  for (const role of roles) await pool.query(grantsOf(role, name));
  const as = new URL(url);
  as.username = name;
  as.password = password;
  const own = new pg.Pool({ connectionString: as.href, max: 5 });
  own.on('error', () => {});
  onTestFinished(async () => {
    await own.end();
    await pool.query(`drop owned by ${name}; drop role ${name}`);
  });
  return own;
}

const denied = { code: '42501' };

describe.each([15, 18] as const)('PostgreSQL %i', (version) => {
  test('the relay works with the rights that are documented, and can read nothing of the business', async () => {
    const world = await postgresOutbox(version);
    const { pool, names, publisher, outbox, relayOf } = world;
    await pool.query('create table orders (id text)');
    const own = await poolOf(world, 'outbox_relay');
    const database = new PgDatabase(own);
    const store = new PostgresOutboxStore({ database, names });
    await new Migrator({ database, names, sets }).check();

    const [bad] = await world.send({ key: 'a' }, { key: 'a' }, { key: 'b' }, { delayMs: 1 });
    publisher.poison.add(bad!);
    const relay = relayOf({ store, strictKeys: true });
    await relay.runOnce();
    await expect.poll(() => relay.runOnce().then(() => publisher.arrivals.length), { timeout: 10_000 }).toBe(2);
    publisher.poison.clear();
    await outbox.request('redrive', { key: 'a' });
    relay.start();
    await publisher.until(() => publisher.arrivals.length === 4);
    await relay.stop();
    expect((await store.housekeeping.stats()).lanes).toHaveLength(1);
    expect((await store.preflight()).length).toBeGreaterThan(0);

    // Another server's history, as after a restore.
    await pool.query("update holdfast_outbox_lane set history = '1/00000001'");
    const again = relayOf({ store });
    await again.runOnce();
    await again.stop();
    await pool.query(
      'update holdfast_outbox_destination set rotation_seconds = (select s from generate_series(100000, 300000) s where ' +
        '(extract(epoch from now())::bigint / s + 1) % 3 = (select min(slot) from holdfast_outbox_log) limit 1)',
    );
    expect(await store.housekeeping.rotate()).toEqual({ freed: true, reason: 'freed' });

    for (const statement of [
      'select * from orders',
      'update holdfast_outbox_log set body = body',
      'delete from holdfast_outbox_log',
      'delete from holdfast_outbox_lane',
      'update holdfast_outbox_destination set lanes = 2',
      'create table mine (id text)',
    ]) {
      await expect(own.query(statement), statement).rejects.toMatchObject(denied);
    }
  });

  test('a sender can send, and neither read, change nor delete what was sent', async () => {
    const world = await postgresOutbox(version);
    const { store, publisher, relayOf } = world;
    const own = await poolOf(world, 'outbox_sender');
    const outbox = new Outbox({ store, transactions: new PgTransactions(), source: '/test' });
    const sent = await inTransaction(own, async (client) => [
      ...(await outbox.send(client, complete({}))),
      ...(await outbox.send(client, complete({ key: 'a' }))),
      ...(await outbox.send(client, [complete({ key: 'a' }), complete({})])),
      ...(await outbox.send(client, [complete({ key: 'a' }), complete({ delayMs: 3_600_000 })])),
    ]);
    await relayOf().runOnce();
    expect(publisher.ids).toEqual(sent.slice(0, -1));
    for (const table of ['log', 'log_0', 'log_1', 'log_2', 'delayed', 'parked', 'lane']) {
      for (const statement of ['select * from', 'delete from', 'truncate']) {
        await expect(own.query(`${statement} holdfast_outbox_${table}`), `${statement} ${table}`).rejects.toMatchObject(
          denied,
        );
      }
    }
    await expect(own.query("update holdfast_outbox_log set body = ''")).rejects.toMatchObject(denied);
  });

  test('a sender of numbered types needs one right more', async () => {
    const world = await postgresOutbox(version);
    const options = { transactions: new PgTransactions(), source: '/test', sequences: { 'order.placed': 'order' } };
    const outbox = new Outbox({ store: world.store, ...options });
    const send = (pool: pg.Pool) => inTransaction(pool, (client) => outbox.send(client, complete({ key: 'a' })));
    await expect(send(await poolOf(world, 'outbox_sender'))).rejects.toMatchObject(denied);
    await send(await poolOf(world, 'outbox_sender', 'outbox_numbering_sender'));
    await world.relayOf().runOnce();
    expect(world.publisher.ids).toHaveLength(1);
  });

  test('an operator can list, redrive, replay and read figures, and can publish nothing else', async () => {
    const world = await postgresOutbox(version);
    const { names, publisher, relayOf } = world;
    const own = await poolOf(world, 'outbox_operator');
    const store = new PostgresOutboxStore({ database: new PgDatabase(own), names });
    const outbox = new Outbox({ store, transactions: new PgTransactions(), source: '/test' });
    const [bad] = await world.send({ key: 'a' });
    publisher.poison.add(bad!);
    const relay = relayOf();
    await relay.runOnce();
    expect(await outbox.parked()).toHaveLength(1);
    expect(await outbox.request('redrive', { key: 'a' })).toBe(1);
    expect((await outbox.stats()).lanes[0]?.parked).toBe(1);
    const span = { from: Date.now() - 3_600_000, to: Date.now() + 3_600_000 };
    expect(await outbox.previewReplay(span)).toMatchObject({ messages: 1 });
    expect(await outbox.replay(span)).toBeGreaterThan(0);
    await expect(own.query('delete from holdfast_outbox_parked')).rejects.toMatchObject(denied);
    await expect(own.query('update holdfast_outbox_lane set position = 0')).rejects.toMatchObject(denied);
    await expect(own.query('update holdfast_outbox_parked set body = body')).rejects.toMatchObject(denied);
  });
});
