import { type PostgresTestDatabase, postgresTestDatabase } from '@holdfast/sql/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { simulate } from '../../src/campaign/simulate.ts';
import { SimulationFailedError } from '../../src/campaign/simulation-failed-error.ts';
import { faults } from '../../src/faults/faults.ts';
import { PostgresServer } from '../../src/postgres/index.ts';
import { orderWorld, prepareOrders } from './order-world.ts';
import { plainPosition } from './plain-position.ts';

/** For each driver and version; more for a long look. */
const SEEDS = Number(process.env['HOLDFAST_POSTGRES_SEEDS'] ?? 16);
const swarm = faults.swarm({ most: 30 });
const SOMETIMES = ['a message was applied', 'a message was duplicate', 'a message was parked'];

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
    'F3.5, F3.6, F3.7, F4.4, F4.5, F4.7, F4.8, F4.10, F12.2: by %s, nothing is lost, doubled or overtaken under swarms of faults, and a seed takes one course',
    async (driver) => {
      const report = await simulate({
        ...orderWorld({ server, driver }),
        name: `orders on PostgreSQL ${version} by ${driver}`,
        seeds: SEEDS,
        repeat: 0.2,
        shrinkRuns: 20,
        faults: swarm,
        sometimes: SEEDS < 16 ? [] : SOMETIMES,
      });
      if (process.env['HOLDFAST_SHOW_FIGURES'] !== undefined) console.log(String(report));
      expect(report.figures.repeated).toBeGreaterThan(0);
    },
    120_000,
  );

  test('F4.8: a relay whose cursor is a plain position is caught', async () => {
    const wrong = simulate({
      ...orderWorld({ server, driver: 'pg', lanesOf: plainPosition }),
      settleMs: 5_000,
      seeds: 60,
      repeat: 0,
      shrinkRuns: 0,
      faults: faults.none(),
    });
    const error = await wrong.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof SimulationFailedError)) throw error ?? new Error('the planted bug was not found');
    expect(error.problems.map(({ check }) => check)).toContain('F3.5: an order and its message exist together');
  }, 60_000);
});
