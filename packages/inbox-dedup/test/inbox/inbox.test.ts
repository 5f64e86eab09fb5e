import { describeInbox } from './describe-inbox.ts';
import { kyselySqliteWorld, sqliteWorld } from './inbox-world.ts';

describeInbox('SQLite', sqliteWorld);
describeInbox('SQLite, Kysely', kyselySqliteWorld);
