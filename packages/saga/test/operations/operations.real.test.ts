import { kyselyPostgresWorld, postgresWorld } from '../runtime/saga-world.ts';
import { describeOperations } from './describe-operations.ts';

describeOperations('PostgreSQL 15, pipelined', () => postgresWorld(15));
describeOperations('PostgreSQL 18, Kysely', () => kyselyPostgresWorld(18));
