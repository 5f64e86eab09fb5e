import { Outbox, PostgresOutboxStore } from '@holdfast/outbox';
import { PgTransactTransactions, transact } from '@holdfast/sql/pg';
import { describe, expect, test } from 'vitest';
import { complete, logIds, postgresOutbox } from './postgres-outbox.ts';

for (const version of [15, 18] as const) {
  for (const pipeline of [true, false]) {
    describe(`transact() on PostgreSQL ${version}, ${pipeline ? 'pipelined' : 'not pipelined'}`, () => {
      async function world() {
        const base = await postgresOutbox(version, { pipeline });
        const { database, names } = base;
        const store = new PostgresOutboxStore({ database, names, deferToCommit: true });
        const transactions = new PgTransactTransactions();
        const outbox = new Outbox({ store, transactions, source: '/test' });
        const atOnce = new Outbox({ store: base.store, transactions, source: '/test' });
        return { ...base, store, outbox, atOnce };
      }

      test('F3.5: what is sent in several calls is written last, in order, with the business rows', async () => {
        const { pool, outbox } = await world();
        await pool.query('create table business (id text primary key)');
        await transact(pool, async (tx) => {
          await outbox.send(tx, complete({ id: 'a', key: 'k' }));
          await tx.query('insert into business values ($1)', ['row']);
          expect((await tx.query('select 1 from holdfast_outbox_log')).rows).toEqual([]);
          await outbox.send(tx, [complete({ id: 'b' }), complete({ id: 'c', key: 'k' })]);
        });
        expect(await logIds(pool)).toEqual(['a', 'b', 'c']);
        expect((await pool.query('select id from business')).rows).toEqual([{ id: 'row' }]);
      });

      test('F3.5: work that rejects leaves neither rows nor messages', async () => {
        const { pool, outbox } = await world();
        await pool.query('create table business (id text primary key)');
        const failed = transact(pool, async (tx) => {
          await tx.query('insert into business values ($1)', ['row']);
          await outbox.send(tx, complete({}));
          throw new Error('changed my mind');
        });
        await expect(failed).rejects.toThrow('changed my mind');
        expect(await logIds(pool)).toEqual([]);
        expect((await pool.query('select id from business')).rows).toEqual([]);
      });

      test('an unknown destination is named, and nothing is committed', async () => {
        const { pool, store } = await world();
        await pool.query('create table business (id text primary key)');
        const transactions = new PgTransactTransactions();
        const astray = new Outbox({ store, transactions, source: '/test', route: () => 'nowhere' });
        const failed = transact(pool, async (tx) => {
          await tx.query('insert into business values ($1)', ['row']);
          await astray.send(tx, complete({}));
        });
        await expect(failed).rejects.toMatchObject({
          code: 'ERR_OUTBOX_UNKNOWN_DESTINATION',
          destinations: ['nowhere'],
        });
        expect((await pool.query('select id from business')).rows).toEqual([]);
      });

      test("the user's own constraint violation stays what it is", async () => {
        const { pool, outbox } = await world();
        await pool.query('create table business (id text not null)');
        const failed = transact(pool, async (tx) => {
          await outbox.send(tx, complete({}));
          await tx.query('insert into business values (null)');
        });
        await expect(failed).rejects.toMatchObject({ code: '23502', table: 'business' });
        expect(await logIds(pool)).toEqual([]);
      });

      test('without deferring, what a savepoint rolls back is not sent', async () => {
        const { pool, atOnce } = await world();
        await transact(pool, async (tx) => {
          await atOnce.send(tx, complete({ id: 'outer' }));
          await tx.query('savepoint s');
          await atOnce.send(tx, complete({ id: 'inner' }));
          await tx.query('rollback to savepoint s');
        });
        expect(await logIds(pool)).toEqual(['outer']);
      });

      test('relays are woken when it is committed, not only when it is sent', async () => {
        const { pool, outbox, store } = await world();
        const seen: number[] = [];
        store.wakeUp.subscribe(() => void logIds(pool).then((ids) => seen.push(ids.length)));
        await transact(pool, (tx) => outbox.send(tx, complete({})));
        await expect.poll(() => seen).toContain(1);
      });
    });
  }
}
