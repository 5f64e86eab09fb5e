import { PostgresSagaStore, postgresSagaMigrations, SagaOperations, SagaRuntime } from '@holdfast/saga';
import { Migrator } from '@holdfast/sql';
import { PgTransactionRunner } from '@holdfast/sql/pg';
import { FaultProxy, postgresTestDatabase } from '@holdfast/sql/testing';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { kyselyPostgresWorld, postgresWorld, receive } from '../runtime/saga-world.ts';
import { orderPlaced, paymentUnclear } from '../shop/events.ts';
import { orderSaga } from '../shop/order-saga.ts';
import { describeCompatibility } from './describe-compatibility.ts';
import { describeMigration } from './describe-migration.ts';
import { describeOperations } from './describe-operations.ts';

describeOperations('PostgreSQL 15, pipelined', () => postgresWorld(15));
describeOperations('PostgreSQL 18, Kysely', () => kyselyPostgresWorld(18));
describeCompatibility('PostgreSQL 15', () => postgresWorld(15));
describeCompatibility('PostgreSQL 18, pipelined', () => postgresWorld(18));
describeMigration('PostgreSQL 15', () => postgresWorld(15, { pipeline: false }));
describeMigration('PostgreSQL 18, pipelined', () => postgresWorld(18));

test('an action happens once when the connection is lost while it is committed, and its answer with it', async () => {
  const database = await postgresTestDatabase(18);
  onTestFinished(() => database.drop());
  await new Migrator({ database: database.database, sets: [postgresSagaMigrations] }).up();
  const { hostname: host, port } = new URL(database.url);
  const proxy = await FaultProxy.listen({ host, port: Number(port) });
  onTestFinished(() => proxy.close());
  const pool = new pg.Pool({ connectionString: proxy.through(database.url) });
  pool.on('error', () => {});
  onTestFinished(() => pool.end());
  const runtimeOn = (connections: pg.Pool) =>
    new SagaRuntime({
      definitions: [orderSaga],
      store: new PostgresSagaStore(),
      transactions: new PgTransactionRunner(connections),
      outbox: { enqueue: async () => {} },
    });
  const order = { orderId: 'o1', customer: 'ada', amount: 5, sku: 'tea', quantity: 1 };
  const messages = [receive(orderPlaced, order), receive(paymentUnclear, { orderId: 'o1' })];
  // Not through the proxy, which would take this commit for the one to cut.
  const direct = runtimeOn(database.pool);
  await direct.parts.transactions.transaction((tx) => direct.apply(tx, messages));
  const runtime = runtimeOn(pool);
  const operations = new SagaOperations({ runtime });
  const cut = proxy.when({ direction: 'up', bytes: 'commit', fault: 'cut' });
  const asked = operations.retry({ saga: 'order', key: 'o1' }, { actor: 'grace', reason: 'the answer was lost' });
  await cut;
  expect(await asked).toMatchObject({ isRepeat: true, transitions: [{ number: 3, name: 'retry', to: 'paying' }] });
  const { history, instance } = await operations.show({ saga: 'order', key: 'o1' });
  expect([history.length, instance.transitions]).toEqual([3, 3]);
});
