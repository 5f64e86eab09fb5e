import { PgDatabase } from '@holdfast/sql/pg';
import { SqlTransport } from '@holdfast/transports/sql';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { envelopes } from '../envelopes.ts';
import { type PostgresQueues, postgresQueues } from './postgres-queues.ts';
import { drain, idsOf, publishAll } from './queues.ts';

describe.each([15, 18] as const)('settings and rights on PostgreSQL %i', (version) => {
  async function open() {
    const queues = await postgresQueues(version);
    const transport = new SqlTransport({ database: queues.database, names: queues.names });
    onTestFinished(() => transport.close());
    await transport.declare({ queue: 'plain', types: ['*'] });
    await transport.declare({ queue: 'ordered', types: ['*'], order: 'key' });
    return { ...queues, transport };
  }

  /** A transport of its own, with a pool that connects as it is told. */
  function connect({ names }: PostgresQueues, config: pg.PoolConfig): SqlTransport {
    const pool = new pg.Pool(config);
    pool.on('error', () => {});
    const transport = new SqlTransport({ database: new PgDatabase(pool), names });
    onTestFinished(async () => {
      await transport.close();
      await pool.end();
    });
    return transport;
  }

  test.each(['repeatable read', 'serializable'])(
    'a session whose transactions are %s is refused: under a snapshot from before the lock, two would take the same messages',
    async (level) => {
      const queues = await open();
      const options = `-c default_transaction_isolation=${level.replace(' ', '\\ ')}`;
      const transport = connect(queues, { connectionString: queues.postgres.url, options });
      const pull = transport.reader('plain').pull(1, { waitMs: 0 });
      await expect(pull).rejects.toMatchObject({ code: 'ERR_TRANSPORTS_UNAVAILABLE', cause: { code: '0A000' } });
      await publishAll(transport, envelopes(1));
      expect(await drain(queues.transport.reader('plain'))).toEqual(['m0']);
    },
  );

  test('no call is compiled: a plan with a sort, which is off, looks too expensive not to be', async () => {
    const { postgres, table } = await open();
    const { rows } = await postgres.pool.query(
      `select proname from pg_proc where starts_with(proname, $1) and not proconfig @> '{jit=off,enable_sort=off}'`,
      [table('queue_')],
    );
    expect(rows).toEqual([]);
  });

  describe('with the rights that the documentation names', () => {
    /** A role that has only these rights. */
    async function role(
      { postgres, table }: PostgresQueues,
      rights: Readonly<Record<string, string>>,
    ): Promise<string> {
      const name = `holdfast_${table('role')}_${version}_${process.pid}_${Object.keys(rights).length}`;
      await postgres.pool.query(`create role "${name}" login password 'test'`);
      onTestFinished(async () => {
        await postgres.pool.query(`drop owned by "${name}"`);
        await postgres.pool.query(`drop role "${name}"`);
      });
      for (const [right, tables] of Object.entries(rights)) {
        const list = tables.split(' ').map((word) => table(word));
        await postgres.pool.query(`grant ${right} on ${list.join(', ')} to "${name}"`);
      }
      const url = new URL(postgres.url);
      url.username = name;
      url.password = 'test';
      return url.href;
    }

    test('a publisher publishes, and can read and remove nothing', async () => {
      const queues = await open();
      const connectionString = await role(queues, {
        select: 'migrations queue queue_binding',
        insert: 'queue_message',
      });
      const transport = connect(queues, { connectionString });
      await transport.check();
      await publishAll(transport, envelopes(3));
      await transport.declare({ queue: 'plain', types: ['*'] });
      await expect(transport.reader('plain').pull(1, { waitMs: 0 })).rejects.toMatchObject({
        cause: { code: '42501' },
      });
      expect(await drain(queues.transport.reader('plain'))).toEqual(['m0', 'm1', 'm2']);
    });

    test.each(['plain', 'ordered'])('a reader pulls, settles, lists and redrives in a queue %s', async (queue) => {
      const queues = await open();
      const connectionString = await role(queues, {
        select: 'migrations queue',
        'select, insert, delete': 'queue_message',
        'select, insert, update, delete': 'queue_claim',
      });
      await publishAll(queues.transport, envelopes(3));
      const transport = connect(queues, { connectionString });
      const [first, second, third] = await transport.reader(queue).pull(3, { waitMs: 0 });
      await first?.extend(60_000);
      await first?.ack();
      await second?.retry(0);
      await third?.deadLetter('unreadable');
      expect(await transport.stats(queue)).toMatchObject({ ready: 1, dead: 1 });
      expect(await transport.deadLetters(queue)).toHaveLength(1);
      expect(await transport.redrive(queue)).toBe(1);
      expect(idsOf(await transport.reader(queue).pull(3, { waitMs: 0 })).sort()).toEqual(['m1', 'm2']);
    });

    test('who declares a queue creates it, and that is all', async () => {
      const queues = await open();
      const connectionString = await role(queues, {
        select: 'migrations queue',
        'insert, update': 'queue',
        insert: 'queue_binding',
      });
      const transport = connect(queues, { connectionString });
      await transport.declare({ queue: 'later', types: ['a', 'b'] });
      await expect(transport.reader('later').pull(1, { waitMs: 0 })).rejects.toMatchObject({
        cause: { code: '42501' },
      });
    });
  });
});
