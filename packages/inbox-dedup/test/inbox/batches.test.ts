import { describeBatches } from './describe-batches.ts';
import { kyselySqliteWorld, sqliteWorld } from './inbox-world.ts';

describeBatches('SQLite', sqliteWorld);
describeBatches('SQLite, Kysely', kyselySqliteWorld);
