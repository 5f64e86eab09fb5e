import { describeInbox } from './describe-inbox.ts';
import { kyselyPostgresWorld, postgresWorld } from './inbox-world.ts';

for (const version of [15, 18] as const) {
  describeInbox(`PostgreSQL ${version}, pipelined`, () => postgresWorld({ version }));
  describeInbox(`PostgreSQL ${version}, plain`, () => postgresWorld({ version, pipeline: false }));
  describeInbox(`PostgreSQL ${version}, Kysely`, () => kyselyPostgresWorld(version));
  for (const isolationLevel of ['repeatable read', 'serializable'] as const) {
    describeInbox(`PostgreSQL ${version}, ${isolationLevel}`, () =>
      postgresWorld({ version, runner: { isolationLevel } }),
    );
  }
}
