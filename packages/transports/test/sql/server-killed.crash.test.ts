import { setImmediate } from 'node:timers/promises';
import { Migrator, TableNames } from '@holdfast/sql';
import { PgDatabase } from '@holdfast/sql/pg';
import { postgresQueueMigrations, SqlTransport } from '@holdfast/transports/sql';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type PostgresService, startPostgres } from '../../../../scripts/services/postgres.ts';
import { envelope, envelopes } from '../envelopes.ts';
import { ackAll, drain, idsOf, publishAll } from './queues.ts';

/** A server of our own that leaves what need not wait for the disk in memory for as long as it may. */
async function ownServer(major: 15 | 18) {
  const server = await startPostgres({ major, own: true, settings: { wal_writer_delay: '10s', fsync: 'on' } });
  const pool = new pg.Pool({ connectionString: server.url, max: 6 });
  pool.on('error', () => {});
  const database = new PgDatabase(pool, { statementTimeoutMs: 5_000 });
  await new Migrator({ database, names: new TableNames(), sets: [postgresQueueMigrations] }).up();
  const transports: SqlTransport[] = [];
  onTestFinished(async () => {
    await Promise.all(transports.map((transport) => transport.close()));
    await pool.end();
    await server.stop();
  });
  const connect = () => {
    const transport = new SqlTransport({ database });
    transports.push(transport);
    return transport;
  };
  return { server, connect, pool };
}

/** A killed server does not start while a process that it left still has its memory, so it is asked again. */
async function killAndStart(server: PostgresService): Promise<void> {
  await server.down('kill');
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await server.up();
    } catch (error) {
      if (attempt === 20) throw error;
    }
  }
}

/** Publishes or acks until the server is back. */
async function untilItWorks<Result>(act: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if ((error as { readonly code?: string }).code !== 'ERR_TRANSPORTS_UNAVAILABLE') throw error;
    }
  }
}

describe.each([15, 18] as const)('PostgreSQL %i killed with kill -9', (major) => {
  test.each(['none', 'key'] as const)(
    'a claim that the crash loses gives its messages to others at once, and its holder can settle nothing (order %s)',
    async (order) => {
      const { server, connect, pool } = await ownServer(major);
      const transport = connect();
      await transport.declare({ queue: 'payment', types: ['*'], leaseMs: 600_000, order });
      await publishAll(transport, [envelope('m0', { key: 'a' }), envelope('m1', { key: 'b' })]);
      const held = await transport.reader('payment').pull(2, { waitMs: 0 });
      expect(idsOf(held)).toEqual(['m0', 'm1']);
      await killAndStart(server);
      // Nothing else has written since: the claim is gone.
      const { rows } = await untilItWorks(() => pool.query('select 1 from holdfast_queue_claim where leased'));
      expect(rows).toEqual([]);
      const again = await untilItWorks(() => connect().reader('payment').pull(2, { waitMs: 0 }));
      expect(idsOf(again)).toEqual(['m0', 'm1']);
      for (const delivery of held) {
        await expect(untilItWorks(() => delivery.ack())).rejects.toMatchObject({ code: 'ERR_CORE_LEASE_LOST' });
      }
      await ackAll(again);
      expect(await drain(transport.reader('payment'))).toEqual([]);
    },
  );

  test('what was accepted and not acked is delivered, and what was acked is not, whatever the server was doing', async () => {
    const { server, connect } = await ownServer(major);
    const [sender, consumer] = [connect(), connect()];
    await sender.declare({ queue: 'payment', types: ['*'], leaseMs: 1_000 });
    const accepted = new Set<string>();
    const acked = new Set<string>();
    const delivered = new Set<string>();
    let isOver = false;
    // Also when it fails: a closed transport answers at once.
    onTestFinished(() => {
      isOver = true;
    });
    const publishing = (async () => {
      for (let number = 0; !isOver; number += 1) {
        const batch = envelopes(5).map((one) => ({ ...one, id: `${number}.${one.id}` }));
        const receipts = await sender.publish(batch);
        for (const [index, { outcome }] of receipts.entries()) {
          if (outcome === 'accepted') accepted.add(batch[index]?.id ?? '');
        }
      }
    })();
    const take = async () => {
      const deliveries = await untilItWorks(() => consumer.reader('payment').pull(7, { waitMs: 1_500 }));
      for (const delivery of deliveries) {
        const { id } = delivery.envelope;
        expect(acked.has(id)).toBe(false);
        delivered.add(id);
        await delivery.ack().then(
          () => acked.add(id),
          () => {},
        );
      }
      return deliveries.length;
    };
    const consuming = (async () => {
      while (!isOver) await take();
    })();

    for (let round = 1; round <= 4; round += 1) {
      while (acked.size < round * 40) await Promise.race([publishing, consuming, setImmediate()]);
      await killAndStart(server);
    }
    isOver = true;
    await Promise.all([publishing, consuming]);
    while ((await take()) > 0);
    expect([...accepted].filter((id) => !delivered.has(id))).toEqual([]);
    expect(accepted.size).toBeGreaterThan(100);
  });
});
