import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import {
  HistoryChangedError,
  Outbox,
  PostgresOutboxStore,
  postgresOutboxMigrations,
  Relay,
  SqliteOutboxStore,
  SyncOutbox,
  sqliteOutboxMigrations,
} from '@holdfast/outbox';
import { Migrator, postgresLeaseMigrations, sqliteLeaseMigrations } from '@holdfast/sql';
import { BetterSqlite3Transactions } from '@holdfast/sql/better-sqlite3';
import { PgDatabase, PgTransactions } from '@holdfast/sql/pg';
import { sqliteTestDatabase } from '@holdfast/sql/testing';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { startPostgres } from '../../../../scripts/services/postgres.ts';
import { complete, inTransaction, postgresOutbox } from './postgres-outbox.ts';
import { RecordingPublisher } from './recording-publisher.ts';

for (const version of [15, 18] as const) {
  test(`F4.11: on PostgreSQL ${version} a claim whose recorded progress is undone neither reads nor records`, async () => {
    const { pool, store, send } = await postgresOutbox(version);
    await send({ id: 'a' }, { id: 'b' });
    const lease = await store.leases.acquire({ name: 'test', holder: 'me', leaseMs: 60_000 });
    const claim = await store.lanes.claim(0, lease!.fencingToken);
    const page = await store.lanes.read(claim!, claim!.cursor, 10);
    const before = (await pool.query('select * from holdfast_outbox_lane')).rows[0];
    await store.lanes.settle(claim!, { cursor: page.end, parked: [] });
    await pool.query('update holdfast_outbox_lane set revision = $1, consumed = $2, position = $3', [
      before.revision,
      before.consumed,
      before.position,
    ]);
    await expect(store.lanes.read(claim!, page.end, 10)).rejects.toThrow(HistoryChangedError);
    expect(await store.lanes.settle(claim!, { cursor: page.end, parked: [] })).toBeNull();
  });
}

test('F4.11: a data directory that is put back under a running relay makes it send again, and nothing is skipped', async () => {
  const server = await startPostgres({ major: 15, own: true });
  onTestFinished(() => server.stop());
  const pool = new pg.Pool({ connectionString: server.url });
  pool.on('error', () => {});
  onTestFinished(() => pool.end());
  const database = new PgDatabase(pool, { connectTimeoutMs: 2_000, statementTimeoutMs: 5_000 });
  await new Migrator({ database, sets: [postgresLeaseMigrations, postgresOutboxMigrations] }).up();
  const store = new PostgresOutboxStore({ database });
  const outbox: Outbox<pg.PoolClient> = new Outbox({ store, transactions: new PgTransactions(), source: '/test' });
  const publisher = new RecordingPublisher();
  const relay = new Relay({ store, publisher });
  onTestFinished(async () => {
    await relay.stop({ deadlineMs: 2_000 });
  });
  const send = (prefix: string, count: number) =>
    inTransactions(
      pool,
      outbox,
      Array.from({ length: count }, (_, index) => `${prefix}${index}`),
    );
  relay.start();
  await publisher.untilArrived(await send('before', 10));
  await server.down('fast');
  const copy = `${server.dataDir}-copy`;
  onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
  execFileSync('cp', ['-a', server.dataDir, copy]);
  await server.up();
  await publisher.untilArrived(await send('lost', 60));
  await server.down('fast');
  rmSync(server.dataDir, { recursive: true });
  execFileSync('cp', ['-a', copy, server.dataDir]);
  await server.up();
  await publisher.untilArrived(await send('after', 120), 30_000);
}, 90_000);

async function inTransactions(pool: pg.Pool, outbox: Outbox<pg.PoolClient>, ids: readonly string[]) {
  for (const id of ids) await inTransaction(pool, (client) => outbox.send(client, complete({ id })));
  return ids;
}

test('F4.11: a SQLite file that is put back under a running relay makes it send again, and nothing is skipped', async () => {
  const db = sqliteTestDatabase();
  onTestFinished(() => db.drop());
  const { database, names, handle } = db;
  await new Migrator({ database, names, sets: [sqliteLeaseMigrations, sqliteOutboxMigrations] }).up();
  const store = new SqliteOutboxStore({ database, names });
  const outbox = new SyncOutbox({ store, transactions: new BetterSqlite3Transactions(), source: '/test' });
  const publisher = new RecordingPublisher();
  const relay = new Relay({ store, publisher });
  onTestFinished(async () => {
    await relay.stop({ deadlineMs: 2_000 });
  });
  const send = (prefix: string, count: number) => {
    const ids = Array.from({ length: count }, (_, index) => `${prefix}${index}`);
    for (const id of ids) handle.transaction(() => outbox.send(handle, complete({ id })))();
    return ids;
  };
  relay.start();
  await publisher.untilArrived(send('before', 10));
  await expect.poll(async () => (await relay.stats()).lanes[0]?.pending).toBe(0);
  const backup = db.open();
  await backup.backup(`${db.file}.backup`);
  backup.close();
  await publisher.untilArrived(send('lost', 60));
  await expect.poll(async () => (await relay.stats()).lanes[0]?.pending).toBe(0);
  const source = new (handle.constructor as typeof import('better-sqlite3'))(`${db.file}.backup`);
  await source.backup(db.file);
  source.close();
  await publisher.untilArrived(send('after', 120), 20_000);
});
