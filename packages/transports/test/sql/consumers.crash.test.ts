import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Migrator, TableNames } from '@holdfast/sql';
import { PgDatabase } from '@holdfast/sql/pg';
import { postgresTestDatabase, sqliteTestDatabase } from '@holdfast/sql/testing';
import { postgresQueueMigrations, SqlTransport, sqliteQueueMigrations } from '@holdfast/transports/sql';
import { describe, expect, onTestFinished, test } from 'vitest';
import { envelopes } from '../envelopes.ts';
import type { ConsumingOptions } from './consuming-process.ts';
import { ackAll, drain, idsOf, publishAll } from './queues.ts';

const program = fileURLToPath(new URL('./consuming-process.ts', import.meta.url));

class Consumer {
  readonly child: ChildProcess;
  readonly said: string[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(options: ConsumingOptions) {
    this.child = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'inherit'] });
    onTestFinished(() => {
      this.child.kill('SIGKILL');
    });
    createInterface({ input: this.child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      this.said.push(line);
      for (const look of this.#waiting) look();
    });
  }

  /** Resolves when enough lines begin so. */
  async says(start: string, count = 1): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => {
      if (this.said.filter((line) => line.startsWith(start)).length >= count) resolve();
    };
    this.#waiting.add(look);
    look();
    await promise;
    this.#waiting.delete(look);
  }

  of(start: string): string[] {
    return this.said.filter((line) => line.startsWith(`${start} `)).map((line) => line.slice(start.length + 1));
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    // With what it had said before.
    await once(this.child, 'close');
  }
}

async function openWorld(kind: 'PostgreSQL 15' | 'SQLite', leaseMs: number, order: 'none' | 'key') {
  const world = kind === 'SQLite' ? await sqlite() : await postgres();
  const { where, database, names } = world;
  const transport = new SqlTransport({ database, names });
  onTestFinished(() => transport.close());
  await transport.declare({ queue: 'payment', types: ['*'], leaseMs, order });
  const start = (options: Partial<ConsumingOptions> = {}) =>
    new Consumer({ where, prefix: names.prefix, queue: 'payment', max: 10, acks: false, ...options });
  return { transport, start };
}

async function postgres() {
  const one = await postgresTestDatabase(15);
  onTestFinished(() => one.drop());
  const [database, names] = [new PgDatabase(one.pool), new TableNames()];
  await new Migrator({ database, names, sets: [postgresQueueMigrations] }).up();
  return { where: one.url, database, names };
}

async function sqlite() {
  const { file, database, names, drop } = sqliteTestDatabase();
  onTestFinished(() => drop());
  await new Migrator({ database, names, sets: [sqliteQueueMigrations] }).up();
  return { where: file, database, names };
}

describe.each(['PostgreSQL 15', 'SQLite'] as const)('consumers as processes on %s', (kind) => {
  test('F5.1, F13.2: what a consumer held that was killed with kill -9 is delivered to others when its leases end', async () => {
    const { transport, start } = await openWorld(kind, 1_500, 'none');
    await publishAll(transport, envelopes(10));
    const consumer = start();
    await consumer.says('holding');
    expect(consumer.of('got')).toHaveLength(10);
    await consumer.kill();
    const reader = transport.reader('payment');
    expect(await reader.pull(10, { waitMs: 0 })).toEqual([]);
    const again = await reader.pull(10, { waitMs: 20_000 });
    expect(idsOf(again).sort()).toEqual(consumer.of('got').sort());
    expect(again.map(({ deliveryCount }) => deliveryCount)).toEqual(new Array(10).fill(2));
    await ackAll(again);
  });

  test('F13.2: consumers that are killed again and again while they ack lose nothing', async () => {
    const { transport, start } = await openWorld(kind, 1_000, 'none');
    const acked = new Set<string>();
    const sent = envelopes(300);
    await publishAll(transport, sent);
    for (let round = 0; round < 6; round += 1) {
      const consumer = start({ max: 7, acks: true });
      await consumer.says('acked', 10 + round * 3);
      await consumer.kill();
      for (const id of consumer.of('acked')) acked.add(id);
    }
    const reader = transport.reader('payment');
    const rest: string[] = [];
    for (;;) {
      const deliveries = await reader.pull(100, { waitMs: 2_500 });
      if (deliveries.length === 0) break;
      rest.push(...idsOf(deliveries));
      await ackAll(deliveries);
    }
    // What was acked and not told yet when the process died is in neither; it is never in both.
    expect(rest.filter((id) => acked.has(id))).toEqual([]);
    expect(new Set(rest).size).toBe(rest.length);
    expect(sent.length - rest.length - acked.size).toBeLessThanOrEqual(6);
    expect(sent.length - rest.length - acked.size).toBeGreaterThanOrEqual(0);
  });

  test.each(['none', 'key'] as const)(
    'F5.5: a consumer that was stopped past its lease can settle nothing when it goes on (order %s)',
    async (order) => {
      const { transport, start } = await openWorld(kind, 800, order);
      await publishAll(transport, envelopes(order === 'key' ? 2 : 1, { key: 'k' }));
      const consumer = start({ max: 1 });
      await consumer.says('holding');
      consumer.child.kill('SIGSTOP');
      const [taken] = await transport.reader('payment').pull(1, { waitMs: 20_000 });
      expect([taken?.envelope.id, taken?.deliveryCount]).toEqual(['m0', 2]);
      await taken?.extend(60_000);
      consumer.child.kill('SIGCONT');
      consumer.child.stdin?.write('ack\n');
      await consumer.says('ERR_CORE_LEASE_LOST');
      expect(consumer.of('acked')).toEqual([]);
      await taken?.ack();
      await expect(taken?.ack()).rejects.toMatchObject({ code: 'ERR_CORE_LEASE_LOST' });
      expect(await drain(transport.reader('payment'))).toEqual(order === 'key' ? ['m1'] : []);
    },
  );
});
