import { AsyncLocalStorage } from 'node:async_hooks';
import { hostileStrings } from '@holdfast/core/testing';
import { Outbox, PostgresOutboxStore } from '@holdfast/outbox';
import type { SqlExecutor, SqlStatement } from '@holdfast/sql';
import { PgTransactions } from '@holdfast/sql/pg';
import { type Context, type ContextManager, context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import type pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { complete, inTransaction, type PostgresOutbox, postgresOutbox } from './postgres-outbox.ts';

/** Counts what is executed in the caller's transaction. */
function countedOutbox({ store }: PostgresOutbox) {
  const statements: SqlStatement[] = [];
  const transactions = new PgTransactions();
  const outbox = new Outbox({
    store,
    source: '/test',
    transactions: {
      executor: (tx: pg.PoolClient): SqlExecutor => {
        const executor = transactions.executor(tx);
        return {
          execute: (statement) => {
            statements.push(statement);
            return executor.execute(statement);
          },
        };
      },
    },
  });
  return { outbox, statements };
}

const isText = (text: string) => /^\P{Cc}+$/u.test(text) && text.isWellFormed();

describe.each([15, 18] as const)('PostgreSQL %i', (version) => {
  test('a send is one statement, however many messages, keys and delays it has', async () => {
    const world = await postgresOutbox(version);
    const { outbox, statements } = countedOutbox(world);
    const many = Array.from({ length: 1_000 }, (_, index) =>
      complete({ key: `key ${index % 100}`, data: { index }, ...(index % 10 === 0 ? { delayMs: 60_000 } : {}) }),
    );
    await inTransaction(world.pool, async (client) => {
      await outbox.send(client, complete({}));
      await outbox.send(client, complete({ key: 'a' }));
      await outbox.send(client, complete({ key: 'a', delayMs: 1_000 }));
      await outbox.send(client, [complete({ key: 'a' }), complete({})]);
      await outbox.send(client, many);
      await outbox.send(client, []);
    });
    expect(statements).toHaveLength(5);
    const { rows } = await world.pool.query(
      'select (select count(*)::int from holdfast_outbox_log) as log, (select count(*)::int from holdfast_outbox_delayed) as delayed',
    );
    expect(rows).toEqual([{ log: 904, delayed: 101 }]);
  });

  test('1,000 messages of one send are published in their order', async () => {
    const { send, publisher, relayOf } = await postgresOutbox(version);
    const ids = await send(...Array.from({ length: 1_000 }, (_, index) => ({ key: `key ${index % 7}` })));
    await relayOf().runOnce();
    expect(publisher.ids).toEqual(ids);
  });

  test('hostile strings come out as they went in, byte for byte', async () => {
    const { send, publisher, relayOf } = await postgresOutbox(version);
    const texts = hostileStrings.filter((text) => isText(text) && Buffer.byteLength(text) <= 200);
    expect(texts.length).toBeGreaterThan(10);
    const messages = hostileStrings.map((text, index) => {
      const name = texts[index % texts.length]!;
      return { id: `${index} ${name}`, key: name, type: name, subject: name, data: { text, list: [text] } };
    });
    await send(...messages);
    for (const message of messages) await send({ ...message, id: `alone ${message.id}` });
    await relayOf().runOnce();
    const arrived = publisher.arrivals.map(({ id, key, type, attributes, body }) => ({
      id,
      key,
      type,
      subject: attributes['subject'],
      data: JSON.parse(Buffer.from(body).toString()),
    }));
    expect(arrived).toEqual([...messages, ...messages.map((one) => ({ ...one, id: `alone ${one.id}` }))]);
  });

  test('senders of the same keys in opposite orders do not deadlock', { timeout: 60_000 }, async () => {
    const { pool, outbox } = await postgresOutbox(version);
    const keys = Array.from({ length: 12 }, (_, index) => `key ${index}`);
    const sender = async (order: readonly string[]) => {
      for (let round = 0; round < 60; round += 1) {
        await inTransaction(pool, (client) =>
          outbox.send(
            client,
            order.map((key) => complete({ key })),
          ),
        );
      }
    };
    const all = [keys, keys.toReversed(), keys, keys.toReversed(), [...keys.slice(6), ...keys.slice(0, 6)]];
    await Promise.all(all.map(sender));
    const { rows } = await pool.query('select count(*)::int as count from holdfast_outbox_log');
    expect(rows).toEqual([{ count: 5 * 60 * 12 }]);
  });

  test('a message is written with the trace context of the span that is active', async () => {
    const storage = new AsyncLocalStorage<Context>();
    const manager: ContextManager = {
      active: () => storage.getStore() ?? ROOT_CONTEXT,
      with: (active, fn, ...call) => storage.run(active, () => Reflect.apply(fn, call[0], call.slice(1))),
      bind: (_active, target) => target,
      enable: () => manager,
      disable: () => manager,
    };
    context.setGlobalContextManager(manager);
    onTestFinished(() => context.disable());
    const { send, publisher, relayOf } = await postgresOutbox(version);
    const span = new TracerProvider().getTracer('test').startSpan('place an order');
    await context.with(trace.setSpan(ROOT_CONTEXT, span), () => send({}, {}));
    await send({});
    await relayOf().runOnce();
    const { traceId, spanId } = span.spanContext();
    const traceparent = `00-${traceId}-${spanId}-01`;
    expect(publisher.arrivals.map((one) => one.attributes['traceparent'])).toEqual([
      traceparent,
      traceparent,
      undefined,
    ]);
  });

  test('without prepared statements nothing is left in the session, so a pool by transaction can be in between', async () => {
    const world = await postgresOutbox(version);
    const store = new PostgresOutboxStore({
      database: world.database,
      names: world.names,
      preparedStatements: false,
    });
    const outbox = new Outbox({ store, transactions: new PgTransactions(), source: '/test' });
    const client = await world.pool.connect();
    onTestFinished(() => client.release());
    for (const message of [{}, { key: 'a' }]) {
      await client.query('begin');
      await outbox.send(client, complete(message));
      await outbox.send(client, [complete(message), complete({ ...message, delayMs: 1 })]);
      await client.query('commit');
      // What a proxy does between two transactions that it gives to different servers.
      await client.query('discard all');
    }
    const prepared = await client.query('select count(*)::int as count from pg_prepared_statements');
    expect(prepared.rows).toEqual([{ count: 0 }]);
    const relay = world.relayOf({ store });
    await relay.runOnce();
    expect(world.publisher.arrivals.length).toBeGreaterThanOrEqual(4);
  });

  test('with prepared statements a single message is prepared once per connection', async () => {
    const { pool, outbox } = await postgresOutbox(version);
    const client = await pool.connect();
    onTestFinished(() => client.release());
    for (let round = 0; round < 3; round += 1) {
      await client.query('begin');
      await outbox.send(client, complete({ key: 'a' }));
      await client.query('commit');
    }
    const prepared = await client.query<{ name: string }>('select name from pg_prepared_statements');
    expect(prepared.rows).toHaveLength(1);
  });
});
