import { sqliteWorld } from '../runtime/saga-world.ts';
import { describeOperations } from './describe-operations.ts';

describeOperations('SQLite', () => sqliteWorld());
