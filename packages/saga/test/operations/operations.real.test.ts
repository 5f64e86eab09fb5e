import { kyselyPostgresWorld, postgresWorld } from '../runtime/saga-world.ts';
import { describeCompatibility } from './describe-compatibility.ts';
import { describeMigration } from './describe-migration.ts';
import { describeOperations } from './describe-operations.ts';

describeOperations('PostgreSQL 15, pipelined', () => postgresWorld(15));
describeOperations('PostgreSQL 18, Kysely', () => kyselyPostgresWorld(18));
describeCompatibility('PostgreSQL 15', () => postgresWorld(15));
describeCompatibility('PostgreSQL 18, pipelined', () => postgresWorld(18));
describeMigration('PostgreSQL 15', () => postgresWorld(15, { pipeline: false }));
describeMigration('PostgreSQL 18, pipelined', () => postgresWorld(18));
