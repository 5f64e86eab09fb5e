import { SystemClock } from '@holdfast/core';
import { PgDatabase } from '@holdfast/sql/pg';
import { PostgresQueueListener, PostgresQueueNotifier, SqlTransport } from '@holdfast/transports/sql';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { envelope } from '../envelopes.ts';
import { postgresQueues } from './postgres-queues.ts';
import { idsOf, publishAll } from './queues.ts';

describe.each([15, 18] as const)('wake-up on PostgreSQL %i', (version) => {
  test('a notification wakes the readers of another process long before they would poll', async () => {
    const { names, postgres } = await postgresQueues(version);
    const database = new PgDatabase(postgres.pool);
    const notifier = new PostgresQueueNotifier({ database, names });
    const sender = new SqlTransport({ database, names, notifier });
    const receiver = new SqlTransport({
      database: new PgDatabase(postgres.pool),
      names,
      pollMinMs: 60_000,
      pollMaxMs: 60_000,
    });
    await sender.declare({ queue: 'payment', types: ['*'] });
    const listening = Promise.withResolvers<void>();
    const listener = new PostgresQueueListener({
      transport: {
        wake: () => {
          receiver.wake();
          listening.resolve();
        },
      },
      names,
      createClient: () => new pg.Client({ connectionString: postgres.url }),
    });
    listener.start();
    onTestFinished(async () => {
      await Promise.all([sender.close(), receiver.close(), listener.stop(), notifier.flush()]);
    });
    await listening.promise;
    const clock = new SystemClock();
    const before = clock.monotonic();
    const pull = receiver.reader('payment').pull(1, { waitMs: 50_000 });
    // It has looked once when the queue answers another reader.
    await receiver.reader('payment').pull(1, { waitMs: 0 });
    await publishAll(sender, [envelope('m')]);
    expect(idsOf(await pull)).toEqual(['m']);
    expect(clock.monotonic() - before).toBeLessThan(10_000);
    expect(listener.status().state).toBe('listening');
  });
});
