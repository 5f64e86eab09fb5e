import { kyselySqliteWorld, sqliteWorld } from '../inbox/inbox-world.ts';
import { describeUpkeep } from './describe-upkeep.ts';

describeUpkeep('better-sqlite3', sqliteWorld);
describeUpkeep('Kysely on SQLite', kyselySqliteWorld);
