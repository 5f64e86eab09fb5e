import { kyselyPostgresWorld, postgresWorld } from '../inbox/inbox-world.ts';
import { describeUpkeep } from './describe-upkeep.ts';

for (const version of [15, 18] as const) {
  describeUpkeep(`PostgreSQL ${version}`, () => postgresWorld({ version }));
  describeUpkeep(`PostgreSQL ${version}, serializable`, () =>
    postgresWorld({ version, runner: { isolationLevel: 'serializable' } }),
  );
}
describeUpkeep('PostgreSQL 18, Kysely', () => kyselyPostgresWorld(18));
