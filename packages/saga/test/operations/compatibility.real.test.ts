import { postgresWorld } from '../runtime/saga-world.ts';
import { describeCompatibility } from './describe-compatibility.ts';

describeCompatibility('PostgreSQL 15', () => postgresWorld(15));
describeCompatibility('PostgreSQL 18', () => postgresWorld(18));
