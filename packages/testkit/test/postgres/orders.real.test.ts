import { type PostgresTestDatabase, postgresTestDatabase } from '@holdfast/sql/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { simulate } from '../../src/campaign/simulate.ts';
import { faults } from '../../src/faults/faults.ts';
import { PostgresServer } from '../../src/postgres/index.ts';
import { orderWorld, prepareOrders } from './order-world.ts';

describe.each([15, 18] as const)('orders on PostgreSQL %i', (version) => {
  let database: PostgresTestDatabase;
  let server: PostgresServer;

  beforeAll(async () => {
    database = await postgresTestDatabase(version);
    server = new PostgresServer({ connectionString: database.url, prepare: prepareOrders });
  });

  afterAll(async () => {
    await server.close();
    await database.drop();
  });

  test.each(['pg', 'pg pipelined', 'kysely'] as const)(
    'F3.5, F3.6, F3.7, F4.4, F4.5, F4.7, F12.2: by %s, nothing is lost, doubled or overtaken under swarms of faults, and a seed takes one course',
    async (driver) => {
      const report = await simulate({
        ...orderWorld({ server, driver }),
        name: `orders on PostgreSQL ${version} by ${driver}`,
        seeds: Number(process.env['SEEDS'] ?? 10),
        repeat: 0.3,
        shrinkRuns: 60,
        faults: faults.swarm(),
      });
      if (process.env['SHOW']) console.log(String(report));
      expect(report).toBeDefined();
    },
    120_000,
  );
});
