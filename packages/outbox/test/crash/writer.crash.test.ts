import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { SeededRandom } from '@holdfast/core/testing';
import { sqliteOutboxMigrations } from '@holdfast/outbox';
import { Migrator, sqliteLeaseMigrations } from '@holdfast/sql';
import { sqliteTestDatabase } from '@holdfast/sql/testing';
import { expect, onTestFinished, test } from 'vitest';
import { postgresOutbox } from '../postgres/postgres-outbox.ts';

const program = fileURLToPath(new URL('./writer-process.ts', import.meta.url));
const KILLS = 25;

/** Starts a writer, waits until it is at work, and kills it some time later. */
async function killOnce(args: readonly string[], afterMs: number): Promise<void> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const exited = once(child, 'exit');
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  await once(child, 'message');
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  child.kill('SIGKILL');
  expect(await exited).toEqual([null, 'SIGKILL']);
}

async function killOnPostgres(version: 15 | 18): Promise<void> {
  const { pool, url, publisher, relayOf } = await postgresOutbox(version);
  await pool.query('create table orders (id text primary key)');
  const chance = new SeededRandom(version);
  for (let kill = 0; kill < KILLS; kill += 1) {
    await killOnce(['postgres', url, `run ${kill}`], chance.integer(0, 150));
  }
  const torn = await pool.query(
    'select coalesce(o.id, m.id) from orders o full join holdfast_outbox_log m using (id) where o.id is null or m.id is null',
  );
  expect(torn.rows).toEqual([]);
  const { rows } = await pool.query<{ id: string }>('select id from orders');
  expect(rows.length).toBeGreaterThan(KILLS);
  await relayOf().runOnce();
  expect([...publisher.ids].sort()).toEqual(rows.map((row) => row.id).sort());
}

test(`PostgreSQL 15 and 18, F3.5: kill -9 of a writer at ${2 * KILLS} random moments: order and message together or neither`, async () => {
  await Promise.all([killOnPostgres(15), killOnPostgres(18)]);
});

test(`SQLite, F3.5: kill -9 of a writer at ${KILLS} random moments: order and message are there together or neither`, async () => {
  const db = sqliteTestDatabase();
  onTestFinished(() => db.drop());
  const { database, names, handle, file } = db;
  await new Migrator({ database, names, sets: [sqliteLeaseMigrations, sqliteOutboxMigrations] }).up();
  handle.exec('create table orders (id text primary key)');
  const chance = new SeededRandom(3);
  for (let kill = 0; kill < KILLS; kill += 1) await killOnce(['sqlite', file, `run ${kill}`], chance.integer(0, 150));
  const torn = handle.prepare(
    'select o.id as o, m.id as m from orders o full join holdfast_outbox_log m on m.id = o.id where o.id is null or m.id is null',
  );
  expect(torn.all()).toEqual([]);
  const { count } = handle.prepare('select count(*) as count from orders').get() as { count: number };
  expect(count).toBeGreaterThan(KILLS);
  expect(handle.pragma('integrity_check', { simple: true })).toBe('ok');
});
