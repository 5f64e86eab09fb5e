import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SeededRandom } from '@holdfast/core/testing';
import { postgresEffectMigrations, sqliteEffectMigrations } from '@holdfast/inbox-dedup/effects';
import { Migrator } from '@holdfast/sql';
import { postgresTestDatabase, sqliteTestDatabase } from '@holdfast/sql/testing';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import type { ChargingProcessOptions } from './charging-process.ts';
import { paidOrders } from './effect-orders.ts';

const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** A row of the journal, as the test reads it. */
interface Kept {
  readonly key: string;
  readonly idempotency_key: string;
  readonly state: string;
  readonly result: Uint8Array | null;
}

interface Storm {
  readonly where: string;
  readonly orders: number;
  readonly kills: number;
  readonly read: () => Promise<readonly Kept[]>;
}

/** Starts a process, again under the same arguments whenever it is killed; ends it with the test. */
class Restarted {
  readonly #args: () => readonly string[];
  readonly #program: string;
  #child: ChildProcess | undefined;
  #isOver = false;
  deaths = 0;
  readonly ended = Promise.withResolvers<void>();

  constructor(program: string, args: () => readonly string[]) {
    this.#program = pathOf(program);
    this.#args = args;
    onTestFinished(async () => {
      this.#isOver = true;
      const child = this.#child;
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    });
  }

  /** Resolves with the first message of the process. */
  async start(): Promise<unknown> {
    const child = fork(this.#program, this.#args(), { execArgv: [] });
    this.#child = child;
    child.once('exit', (code, signal) => {
      if (code === 0) this.ended.resolve();
      else if (signal !== 'SIGKILL') this.ended.reject(new Error(`${this.#program} ended with ${code}`));
      else if (!this.#isOver) {
        this.deaths += 1;
        void this.start();
      }
    });
    const [message] = await once(child, 'message');
    return message;
  }

  kill(): void {
    this.#child?.kill('SIGKILL');
  }
}

/** Pays all orders by three processes that are killed, with a provider that is killed, and compares the ledger with the journal. */
async function payUnderFire({ where, orders, kills, read }: Storm): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-provider-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'ledger.sqlite');
  const chance = new SeededRandom(orders);
  let port = 0;
  const provider = new Restarted('./provider-process.ts', () => [file, String(port), String(chance.integer(1, 9_999))]);
  port = Number(await provider.start());
  const workers = [0, 1, 2].map((index) => {
    const from = Math.floor((index * orders) / 3);
    const options = { where, provider: `http://127.0.0.1:${port}`, orders, from, resolves: index === 0 };
    return new Restarted('./charging-process.ts', () => [JSON.stringify(options satisfies ChargingProcessOptions)]);
  });
  await Promise.all(workers.map((worker) => worker.start()));
  for (let kill = 0; kill < kills; kill += 1) {
    await new Promise((resolve) => setTimeout(resolve, chance.integer(50, 500)));
    (kill % 5 === 4 ? provider : workers[kill % 3])?.kill();
  }
  await Promise.all(workers.map(({ ended }) => ended.promise));
  const deaths = workers.reduce((sum, worker) => sum + worker.deaths, 0);
  expect(deaths).toBeGreaterThanOrEqual(Math.floor(kills / 2));
  expect(provider.deaths).toBeGreaterThanOrEqual(1);
  audit(file, orders, await read());
}

function audit(file: string, orders: number, kept: readonly Kept[]): void {
  const ledger = new Database(file, { readonly: true });
  onTestFinished(() => {
    ledger.close();
  });
  const twice = ledger.prepare('select key, count(*) as charges from charge group by key having count(*) > 1').all();
  expect(twice).toEqual([]);
  const charges = new Map(
    (ledger.prepare('select id, key, cents from charge').all() as { id: number; key: string; cents: number }[]).map(
      ({ key, ...charge }) => [key, charge],
    ),
  );
  const rows = new Map(kept.map((row) => [row.key, row]));
  let asked = 0;
  for (const { key, cents, isDeclined } of paidOrders(orders)) {
    const row = rows.get(key);
    expect(row, key).toBeDefined();
    const charge = charges.get(row?.idempotency_key ?? '');
    if (isDeclined) {
      expect([row?.state, charge], key).toEqual(['refused', undefined]);
      continue;
    }
    asked += cents;
    expect(row?.state, key).toBe('done');
    expect(JSON.parse(Buffer.from(row?.result ?? []).toString()), key).toEqual(charge);
    expect(charge?.cents, key).toBe(cents);
  }
  const total = ledger.prepare('select sum(cents) as cents from charge').get() as { cents: number };
  expect(total.cents).toBe(asked);
}

test('PostgreSQL, F6.3, F6.4: 5,000 charges at a provider that loses 30 % of its answers, everybody killed at random: its ledger equals the orders to the cent', async () => {
  const { database, names, pool, url, drop } = await postgresTestDatabase(18);
  onTestFinished(drop);
  await new Migrator({ database, names, sets: [postgresEffectMigrations] }).up();
  const read = async () =>
    (await pool.query<Kept>('select key, idempotency_key, state, result from holdfast_effect')).rows;
  await payUnderFire({ where: url, orders: 5_000, kills: 30, read });
});

test('SQLite, F6.3, F6.4: 800 charges at a provider that loses 30 % of its answers, everybody killed at random: its ledger equals the orders to the cent', async () => {
  const db = sqliteTestDatabase();
  onTestFinished(() => db.drop());
  await new Migrator({ database: db.database, names: db.names, sets: [sqliteEffectMigrations] }).up();
  const read = async () =>
    db.handle.prepare('select key, idempotency_key, state, result from holdfast_effect').all() as Kept[];
  await payUnderFire({ where: db.file, orders: 800, kills: 12, read });
});
