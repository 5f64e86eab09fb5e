import { sqliteWorld } from '../runtime/saga-world.ts';
import { describeCompatibility } from './describe-compatibility.ts';

describeCompatibility('SQLite', () => sqliteWorld());
