import { setImmediate } from 'node:timers/promises';
import { PgDatabase } from '@holdfast/sql/pg';
import { FaultProxy } from '@holdfast/sql/testing';
import { SqlTransport, type SqlTransportOptions } from '@holdfast/transports/sql';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { envelope, envelopes } from '../envelopes.ts';
import { type PostgresQueues, postgresQueues } from './postgres-queues.ts';
import { ackAll, drain, idsOf, publishAll } from './queues.ts';

interface Proxied extends PostgresQueues {
  readonly proxy: FaultProxy;
  /** On the way that does not fail. */
  readonly direct: SqlTransport;
  /** Through the proxy. */
  readonly transport: SqlTransport;
}

/** A queue `payment`, reached directly and through a proxy. */
async function proxied(version: 15 | 18, options: Partial<SqlTransportOptions> = {}): Promise<Proxied> {
  const queues = await postgresQueues(version);
  const { names, database, postgres } = queues;
  const server = new URL(postgres.url);
  const proxy = await FaultProxy.listen({ host: server.hostname, port: Number(server.port) });
  const pool = new pg.Pool({ connectionString: proxy.through(postgres.url), max: 4 });
  pool.on('error', () => {});
  const timeouts = { statementTimeoutMs: 500, connectTimeoutMs: 500 };
  const transport = new SqlTransport({ database: new PgDatabase(pool, timeouts), names, ...options });
  const direct = new SqlTransport({ database, names });
  onTestFinished(async () => {
    proxy.heal();
    await Promise.all([transport.close(), direct.close()]);
    await proxy.close();
    await pool.end();
  });
  await transport.declare({ queue: 'payment', types: ['*'], leaseMs: 30_000 });
  return { ...queues, proxy, direct, transport };
}

describe.each([15, 18] as const)('faults on PostgreSQL %i', (version) => {
  test('F4.5: an append whose answer is lost is unknown; published again with the same id it is there twice, in order', async () => {
    const { proxy, transport, direct } = await proxied(version);
    await publishAll(transport, [envelope('first', { key: 'k' })]);
    const cut = proxy.when({ direction: 'up', bytes: 'queue_publish', fault: 'cut' });
    const batch = [envelope('m0', { key: 'k' }), envelope('m1', { key: 'k' })];
    const receipts = await transport.publish(batch);
    expect(receipts.map(({ outcome }) => outcome)).toEqual(['unknown', 'unknown']);
    await cut;
    await publishAll(transport, batch);
    expect(await drain(direct.reader('payment'))).toEqual(['first', 'm0', 'm1', 'm0', 'm1']);
  });

  test('F4.5: what waits behind an append whose answer is lost is not taken when it has the same key', async () => {
    const { proxy, transport, direct } = await proxied(version);
    await publishAll(transport, [envelope('first')]);
    proxy.silence('down');
    const lost = transport.publish([envelope('a0', { key: 'a' })]);
    // It is sent in this turn of the event loop.
    await setImmediate();
    const behind = transport.publish([envelope('a1', { key: 'a' }), envelope('b0', { key: 'b' })]);
    expect((await lost).map(({ outcome }) => outcome)).toEqual(['unknown']);
    proxy.heal();
    const [same, other] = await behind;
    expect(same?.outcome).toBe('unavailable');
    expect(await drain(direct.reader('payment'))).not.toContain('a1');
    expect(['accepted', 'unavailable', 'unknown']).toContain(other?.outcome);
  });

  test('F4.1: a server that refuses connections makes publish unavailable, not unknown', async () => {
    const { proxy, transport } = await proxied(version);
    await publishAll(transport, [envelope('first')]);
    proxy.refuse();
    proxy.reset();
    const outcomes = new Set<string>();
    for (let call = 0; call < 4; call += 1) {
      const [receipt] = await transport.publish([envelope(`m${call}`)]);
      outcomes.add(receipt?.outcome ?? '');
    }
    // The first call may find a connection that has just died.
    expect(outcomes.has('accepted')).toBe(false);
    expect((await transport.publish([envelope('last')]))[0]?.outcome).toBe('unavailable');
  });

  test('F13.3: a black hole ends pulls, settlements and publishes within the timeouts, and consumption goes on afterwards', async () => {
    const { proxy, transport, direct } = await proxied(version);
    await publishAll(transport, envelopes(3));
    const reader = transport.reader('payment');
    const [held] = await reader.pull(1, { waitMs: 0 });
    const waiting = transport.reader('payment.dead-letter').pull(1, { waitMs: 60_000 });
    waiting.catch(() => {});
    proxy.silence();
    const unavailable = { code: 'ERR_TRANSPORTS_UNAVAILABLE' };
    await expect(waiting).rejects.toMatchObject(unavailable);
    await expect(reader.pull(1, { waitMs: 0 })).rejects.toMatchObject(unavailable);
    await expect(held?.ack()).rejects.toMatchObject(unavailable);
    const [receipt] = await transport.publish([envelope('m3')]);
    expect(receipt?.outcome).not.toBe('accepted');
    proxy.heal();
    await held?.ack();
    await publishAll(transport, [envelope('m4')]);
    expect(await drain(reader)).toEqual(['m1', 'm2', 'm4']);
    expect(await direct.stats('payment')).toMatchObject({ ready: 0, leased: 0 });
  });

  test('an ack whose answer is lost has taken effect, and the message does not come again', async () => {
    const { proxy, transport, direct } = await proxied(version);
    await publishAll(transport, envelopes(2));
    const [first] = await transport.reader('payment').pull(1, { waitMs: 0 });
    const cut = proxy.when({ direction: 'up', bytes: 'queue_ack', fault: 'cut' });
    await expect(first?.ack()).rejects.toMatchObject({ code: 'ERR_TRANSPORTS_UNAVAILABLE' });
    await cut;
    await expect(first?.ack()).rejects.toMatchObject({ code: 'ERR_CORE_LEASE_LOST' });
    expect(await drain(direct.reader('payment'))).toEqual(['m1']);
  });

  test('a retry whose answer is lost has taken effect: its holder can settle nothing, and the message comes again', async () => {
    const { proxy, transport, direct } = await proxied(version);
    await publishAll(transport, [envelope('m')]);
    const [delivery] = await transport.reader('payment').pull(1, { waitMs: 0 });
    const cut = proxy.when({ direction: 'up', bytes: 'queue_move', fault: 'cut' });
    await expect(delivery?.retry(300)).rejects.toMatchObject({ code: 'ERR_TRANSPORTS_UNAVAILABLE' });
    await cut;
    await expect(delivery?.ack()).rejects.toMatchObject({ code: 'ERR_CORE_LEASE_LOST' });
    expect(idsOf(await direct.reader('payment').pull(1, { waitMs: 5_000 }))).toEqual(['m']);
  });

  test('F5.1: a pull whose answer is lost gives its messages back when their lease ends', async () => {
    const { proxy, transport, direct, postgres, table } = await proxied(version);
    await publishAll(transport, envelopes(2));
    await postgres.pool.query(`update ${table('queue')} set lease_ms = 500`);
    await transport.reader('payment').pull(1, { waitMs: 0 }).then(ackAll);
    const cut = proxy.when({ direction: 'up', bytes: 'queue_pull', fault: 'cut' });
    await expect(transport.reader('payment').pull(1, { waitMs: 0 })).rejects.toMatchObject({
      code: 'ERR_TRANSPORTS_UNAVAILABLE',
    });
    await cut;
    const again = await direct.reader('payment').pull(1, { waitMs: 40_000 });
    expect([idsOf(again), again[0]?.deliveryCount]).toEqual([['m1'], 2]);
  }, 60_000);

  test('a claim does not wait for the disk, everything else does', async () => {
    const { postgres, table } = await proxied(version);
    const client = await postgres.pool.connect();
    onTestFinished(() => client.release());
    const commits = async (call: string) => {
      await client.query('begin');
      await client.query(`select * from ${call}`);
      const { rows } = await client.query('show synchronous_commit');
      await client.query('commit');
      const { rows: after } = await client.query('show synchronous_commit');
      return [rows[0].synchronous_commit, after[0].synchronous_commit];
    };
    const { rows } = await postgres.pool.query(`select id from ${table('queue')} where name = 'payment'`);
    const id = rows[0].id;
    expect(await commits(`${table('queue_pull')}(${id}, false, 1, 0, 1000, null, 0)`)).toEqual(['off', 'on']);
    expect(await commits(`${table('queue_ack')}(${id}, false, '{}', '{}', '{}')`)).toEqual(['on', 'on']);
    expect(await commits(`${table('queue_move')}(${id}, 1, '{}', 0, true, false)`)).toEqual(['on', 'on']);
  });

  test('publish in one transaction takes the locks of its queues in one order, so publishers of several queues do not deadlock', async () => {
    const { names, postgres } = await proxied(version);
    const transports = Array.from({ length: 4 }, () => {
      const one = new SqlTransport({ database: new PgDatabase(postgres.pool), names });
      onTestFinished(() => one.close());
      return one;
    });
    for (const queue of ['a', 'b', 'c']) await transports[0]?.declare({ queue, types: [`${queue}.1`, `${queue}.2`] });
    const rounds = transports.map(async (transport, number) => {
      for (let round = 0; round < 40; round += 1) {
        const types = number % 2 === 0 ? ['a.1', 'b.1', 'c.1'] : ['c.2', 'b.2', 'a.2'];
        await publishAll(
          transport,
          types.map((type) => envelope(`${number}.${round}.${type}`, { type })),
        );
      }
    });
    await Promise.all(rounds);
    for (const queue of ['a', 'b', 'c'])
      expect(await drain((transports[0] as SqlTransport).reader(queue))).toHaveLength(160);
  });
});
