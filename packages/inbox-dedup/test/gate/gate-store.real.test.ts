import { type PostgresTestDatabase, postgresTestDatabase } from '@holdfast/sql/testing';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { gateRules } from '../../src/testing/gate-rules.ts';
import { type GateDatabase, gateProbe, postgresGates, sqliteGates } from './gate-fixture.ts';

describe.each([15, 18] as const)('PostgresGateStore on PostgreSQL %i', (version) => {
  let database: PostgresTestDatabase;

  beforeAll(async () => {
    database = await postgresTestDatabase(version, { poolSize: 20 });
  });

  afterAll(() => database.drop());

  describeRules(() => postgresGates(database));
});

describe('SqliteGateStore', () => {
  describeRules(sqliteGates);
});

function describeRules(create: () => Promise<GateDatabase>): void {
  test.each(gateRules)('$name', async (rule) => {
    const database = await create();
    try {
      await rule.run(gateProbe(database));
    } finally {
      await database.drop();
    }
  });
}
