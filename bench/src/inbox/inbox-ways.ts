import type { InboxDatabase } from './inbox-database.ts';
import type { Way } from './way.ts';

export const INBOX = 'Inbox.handle';

export function inboxWays(_database: InboxDatabase): readonly Way[] {
  return [];
}
