import { type PostgresTestDatabase, postgresTestDatabase } from '@holdfast/sql/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest';
import { postgresGates, sqliteGates } from './gate-fixture.ts';
import { GateWorld } from './gate-world.ts';

/** The same tests on every database, each with tables of its own. */
export function onEachDatabase(define: (world: () => GateWorld) => void): void {
  onPostgres(define);
  describe('SQLite', () => {
    defineWith(sqliteGates, define);
  });
}

/** For what needs transactions that write beside each other. */
export function onPostgres(define: (world: () => GateWorld) => void): void {
  describe.each([15, 18] as const)('PostgreSQL %i', (version) => {
    let server: PostgresTestDatabase;

    beforeAll(async () => {
      server = await postgresTestDatabase(version, { poolSize: 20 });
    });

    afterAll(() => server.drop());

    defineWith(() => postgresGates(server), define);
  });
}

function defineWith(create: typeof sqliteGates, define: (world: () => GateWorld) => void): void {
  let world: GateWorld;

  beforeEach(async () => {
    world = await GateWorld.create(await create());
  });

  afterEach(() => world.database.drop());

  define(() => world);
}
