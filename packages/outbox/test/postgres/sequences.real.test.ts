import { Outbox, PostgresOutboxStore } from '@holdfast/outbox';
import type { SqlExecutor } from '@holdfast/sql';
import { PgTransactTransactions, transact } from '@holdfast/sql/pg';
import { describe, expect, test } from 'vitest';
import { complete, inTransaction, postgresOutbox } from './postgres-outbox.ts';

const sequences = { 'order.placed': 'order' };

describe.each([15, 18] as const)('PostgreSQL %i', (version) => {
  async function world(deferToCommit: boolean, pipeline = false) {
    const base = await postgresOutbox(version, { pipeline, poolSize: 12 });
    const { database, names, pool } = base;
    const store = new PostgresOutboxStore({ database, names, deferToCommit });
    const outbox = new Outbox({ store, transactions: new PgTransactTransactions(), source: '/test', sequences });
    const log = async () => {
      const { rows } = await pool.query('select key, attributes from holdfast_outbox_log order by position');
      return rows.map(({ key, attributes }) => [key, Number(JSON.parse(attributes).sequence)] as const);
    };
    return { ...base, outbox, store, log };
  }

  test.each([true, false])(
    'F5.7: with deferToCommit, pipelined: %s, senders at once number without gap and in commit order',
    async (pipeline) => {
      const { pool, outbox, log } = await world(true, pipeline);
      const send = (round: number) =>
        transact(
          pool,
          async (tx) => {
            await outbox.send(tx, complete({ key: 'a' }));
            await tx.query('select 1');
            await outbox.send(tx, [
              complete({ key: 'b' }),
              complete({ key: 'a' }),
              complete({ type: 'mail', key: 'b' }),
            ]);
            if (round % 3 === 2) throw new Error('changed my mind');
          },
          { retry: { attempts: 3 } },
        );
      const results = await Promise.allSettled(Array.from({ length: 60 }, (_, round) => send(round)));
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(40);
      const entries = await log();
      const numbersOf = (key: string) =>
        entries.filter((entry) => entry[0] === key && !Number.isNaN(entry[1])).map((entry) => entry[1]);
      expect(numbersOf('a')).toEqual(Array.from({ length: 80 }, (_, index) => index + 1));
      expect(numbersOf('b')).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    },
  );

  test('with deferToCommit, no number is drawn before the commit: nobody waits while the work runs', async () => {
    const { pool, outbox, log } = await world(true);
    await transact(pool, async (slow) => {
      await outbox.send(slow, complete({ key: 'a' }));
      await transact(pool, (quick) => outbox.send(quick, complete({ key: 'a' })));
      expect(await log()).toEqual([['a', 1]]);
    });
    expect(await log()).toEqual([
      ['a', 1],
      ['a', 2],
    ]);
  });

  test('messages without a stream cost no statement more, and do not touch the numbers', async () => {
    const { pool, store } = await world(false);
    const statements: string[] = [];
    await inTransaction(pool, async (client) => {
      const executor: SqlExecutor = {
        async execute({ text, values }) {
          statements.push(text);
          const { rows } = await client.query(text, [...values]);
          return { rows, rowCount: rows.length };
        },
      };
      const record = (id: string, key: string | null) => ({
        envelope: { id, source: '/test', type: 't', key, attributes: {}, body: Buffer.from('{}') },
        destination: 'default',
        delayMs: 0,
      });
      await store.append(executor, [record('1', null)]);
      await store.append(executor, [record('2', 'k')]);
      await store.append(executor, [record('3', 'k'), { ...record('4', null), delayMs: 1_000 }]);
      await store.append(executor, [record('5', 'k'), { ...record('6', 'k'), stream: 's' }]);
    });
    expect(statements.map((text) => text.includes('outbox_sequence'))).toEqual([false, false, false, true]);
  });
});
