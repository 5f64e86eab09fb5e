import { Outbox, PostgresNotifier, PostgresOutboxStore, PostgresWakeUpListener } from '@holdfast/outbox';
import { PgDatabase, PgTransactions } from '@holdfast/sql/pg';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { complete, inTransaction, postgresOutbox } from './postgres-outbox.ts';

/** A relay that would find out by itself only after a minute. */
const PATIENT = { pollMinMs: 60_000, pollMaxMs: 60_000 };

async function world() {
  const base = await postgresOutbox(18);
  const notifier = new PostgresNotifier({ database: base.database, names: base.names });
  onTestFinished(() => notifier.flush());
  // A store of its own: nothing in this process links sender and relay but the notification.
  const store = new PostgresOutboxStore({ database: new PgDatabase(base.pool), names: base.names });
  const sender = new Outbox({ store, transactions: new PgTransactions(), source: '/test', notifier });
  const listener = new PostgresWakeUpListener({
    store: base.store,
    names: base.names,
    createClient: () => new pg.Client({ connectionString: base.url }),
  });
  onTestFinished(() => listener.stop());
  listener.start();
  await expect.poll(() => listener.status().state).toBe('listening');
  return { ...base, sender, notifier };
}

test('a notification wakes the relay of another process', async () => {
  const { pool, sender, publisher, relayOf, events } = await world();
  relayOf(PATIENT).start();
  await expect.poll(() => events.some((event) => event.type === 'lane-claimed')).toBe(true);
  await inTransaction(pool, (client) => sender.send(client, complete({ id: 'told' })));
  await publisher.untilArrived(['told'], 5_000);
});

test('a message whose transaction commits after the notification is found soon', async () => {
  const { pool, sender, notifier, publisher, relayOf, events } = await world();
  relayOf({ pollMinMs: 5, pollMaxMs: 60_000 }).start();
  await expect.poll(() => events.some((event) => event.type === 'lane-claimed')).toBe(true);
  await inTransaction(pool, async (client) => {
    await sender.send(client, complete({ id: 'late' }));
    await notifier.flush();
    await new Promise((resolve) => setTimeout(resolve, 100));
  });
  await publisher.untilArrived(['late'], 5_000);
});

test('many sends within an interval are told by few notifications', async () => {
  const { pool, url, sender, notifier } = await world();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  onTestFinished(() => client.end());
  let notifications = 0;
  client.on('notification', () => {
    notifications += 1;
  });
  await client.query('listen holdfast_outbox');
  await inTransaction(pool, async (tx) => {
    for (let sent = 0; sent < 50; sent += 1) await sender.send(tx, complete({}));
  });
  await notifier.flush();
  await client.query('select 1');
  expect(notifications).toBeGreaterThan(0);
  expect(notifications).toBeLessThan(25);
});
