import { PgTransactionRunner } from '@holdfast/sql/pg';
import { postgresTestDatabase } from '@holdfast/sql/testing';
import type pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';

/** A pool whose server refuses BEGIN, as it may when a cancel request comes late. */
function refusingBegin(pool: pg.Pool): pg.Pool {
  const connect = pool.connect.bind(pool);
  const refusing = {
    async connect() {
      const client = await connect();
      const query = client.query.bind(client) as (config: { text: string }) => Promise<unknown>;
      return Object.assign(client, {
        query: (config: { text: string }) => query(config.text.startsWith('begin') ? { text: 'select 1/0' } : config),
      });
    },
  };
  return Object.assign(pool, refusing as unknown as Partial<pg.Pool>);
}

describe.each([true, false])('with clients whose pipeline is %s', (pipeline) => {
  test('a statement of a work takes no effect by itself when BEGIN is refused', async () => {
    const db = await postgresTestDatabase(18);
    onTestFinished(() => db.drop());
    await db.pool.query('create table effect (id integer)');
    const runner = new PgTransactionRunner(refusingBegin(db.openPool({ pipeline })));
    const failing = runner.transaction((tx) => tx.query('insert into effect values (1)'));
    await expect(failing).rejects.toMatchObject({ code: '22012' });
    expect((await db.pool.query('select id from effect')).rows).toEqual([]);
  });
});
