import { sqliteWorld } from '../runtime/saga-world.ts';
import { describeMigration } from './describe-migration.ts';

describeMigration('SQLite', () => sqliteWorld());
