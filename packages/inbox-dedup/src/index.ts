export type { HandleOutcome, PrepareContext, PreparedWork, Work, WorkContext } from './inbox/work.ts';
export { postgresInboxMigrations } from './postgres/migrations.ts';
export { sqliteInboxMigrations } from './sqlite/migrations.ts';
export type { Attempts } from './store/attempt-store.ts';
export type { BlockedKey, GatedMessage, GateRole, GateStore, Sequence } from './store/gate-store.ts';
export type { InboxStore } from './store/inbox-store.ts';
export type { MessageIdentity } from './store/message-identity.ts';
export type { RecordEntry, Recorded, RecordStore } from './store/record-store.ts';
export type { RetentionStats, RetentionStore } from './store/retention-store.ts';
