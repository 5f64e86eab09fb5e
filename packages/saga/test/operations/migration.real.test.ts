import { postgresWorld } from '../runtime/saga-world.ts';
import { describeMigration } from './describe-migration.ts';

describeMigration('PostgreSQL 15', () => postgresWorld(15));
describeMigration('PostgreSQL 18', () => postgresWorld(18));
