import { defineEvent, EventRegistry } from '@holdfast/core';
import type { InboxDatabase } from './inbox-database.ts';
import type { Way } from './way.ts';

export const INBOX = 'Inbox.handle, work through pg';
export const INBOX_10 = 'Inbox.handle, work through pg, 10 at a time';
export const INBOX_KYSELY = 'Inbox.handle, work through Kysely';
export const BATCH_PG = 'Inbox.handleBatch of 100, work through pg';
export const BATCH_KYSELY = 'Inbox.handleBatch of 100, work through Kysely';
export const BATCH_BULK = 'Inbox.handleBatch of 100, one bulk work (applyAll, unnest)';

/** Any data passes: validation is not what is measured, and hand-written code does none. */
const anything = { '~standard': { version: 1 as const, vendor: 'bench', validate: (value: unknown) => ({ value }) } };

export const CONSUMER = 'payment';
export const events = new EventRegistry([defineEvent('order.placed', { versions: { 1: anything } })]);

export function inboxWays(_database: InboxDatabase): readonly Way[] {
  return [];
}
