import { Migrator, TableNames } from '@holdfast/sql';
import { PgDatabase } from '@holdfast/sql/pg';
import { postgresTestDatabase } from '@holdfast/sql/testing';
import { postgresQueueMigrations, SqlTransport } from '@holdfast/transports/sql';
import { expect, onTestFinished, test } from 'vitest';
import { envelope } from '../envelopes.ts';

/** One connection for everything, so that it can be asked what is prepared on it. */
async function oneConnection(options: { readonly preparedStatements?: boolean } = {}) {
  const postgres = await postgresTestDatabase(18, { poolSize: 1 });
  onTestFinished(() => postgres.drop());
  const database = new PgDatabase(postgres.pool);
  return {
    transport: async (prefix: string) => {
      const names = new TableNames({ prefix });
      await new Migrator({ database, names, sets: [postgresQueueMigrations] }).up();
      const transport = new SqlTransport({ database, names, ...options });
      await transport.declare({ queue: 'payment', types: ['*'] });
      return transport;
    },
    prepared: async () => {
      const { rows } = await postgres.pool.query('select name, statement from pg_prepared_statements');
      return rows.filter(({ name }) => name !== '');
    },
    settings: async () => {
      const { rows } = await postgres.pool.query(
        "select proconfig from pg_proc where pronamespace = 'public'::regnamespace",
      );
      return rows.map(({ proconfig }) => proconfig);
    },
  };
}

async function publishPullAndAck(transport: SqlTransport): Promise<void> {
  expect(await transport.publish([envelope('m')])).toEqual([{ outcome: 'accepted' }]);
  const [delivery] = await transport.reader('payment').pull(1, { waitMs: 5_000 });
  await delivery?.ack();
  expect(delivery?.deliveryCount).toBe(1);
}

test('what is run for every batch is prepared once per connection, and two prefixes share a connection', async () => {
  const { transport, prepared } = await oneConnection();
  const one = await transport('one');
  const other = await transport('other');
  for (const each of [one, other, one, other]) await publishPullAndAck(each);
  const statements = await prepared();
  expect(statements).toHaveLength(6);
  for (const prefix of ['one', 'other']) {
    expect(statements.filter(({ statement }) => statement.includes(`${prefix}_queue_`))).toHaveLength(3);
  }
});

test('nothing is prepared where a proxy does not know prepared statements', async () => {
  const { transport, prepared } = await oneConnection({ preparedStatements: false });
  await publishPullAndAck(await transport('plain'));
  expect(await prepared()).toEqual([]);
});

test('no call of a function plans its statements anew', async () => {
  const { transport, settings } = await oneConnection();
  await transport('planned');
  const all = await settings();
  expect(all).toHaveLength(5);
  for (const each of all) expect(each).toContain('plan_cache_mode=force_generic_plan');
});
