import { describeSagaRuntime } from './describe-saga-runtime.ts';
import { kyselyPostgresWorld, postgresWorld } from './saga-world.ts';

for (const version of [15, 18] as const) {
  describeSagaRuntime(`PostgreSQL ${version}, pipelined`, () => postgresWorld(version));
  describeSagaRuntime(`PostgreSQL ${version}, plain`, () => postgresWorld(version, { pipeline: false }));
  const pipeline = version === 18;
  describeSagaRuntime(`PostgreSQL ${version}, written with the commit, pipelined: ${pipeline}`, () =>
    postgresWorld(version, { pipeline, deferToCommit: true }),
  );
  describeSagaRuntime(`PostgreSQL ${version}, Kysely`, () => kyselyPostgresWorld(version));
}
