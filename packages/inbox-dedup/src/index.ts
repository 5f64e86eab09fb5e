export { HeldBackError } from './errors/held-back-error.ts';
export { IdReusedError } from './errors/id-reused-error.ts';
export { MalformedSequenceError } from './errors/malformed-sequence-error.ts';
export { QuarantinedError } from './errors/quarantined-error.ts';
export { SequenceReusedError } from './errors/sequence-reused-error.ts';
export { TooManyParkedError } from './errors/too-many-parked-error.ts';
export type { GateEvent, GateSubject } from './gate/gate-event.ts';
export type { GateOptions, Gates } from './gate/gate-options.ts';
export type { HousekeeperEvent } from './housekeeping/housekeeper-event.ts';
export {
  type HousekeptInbox,
  InboxHousekeeper,
  type InboxHousekeeperOptions,
} from './housekeeping/inbox-housekeeper.ts';
export { InboxUpkeep, type InboxUpkeepOptions } from './housekeeping/inbox-upkeep.ts';
export type { BatchMessage, BatchOutcome } from './inbox/batch/batch-message.ts';
export type { BatchWork, BulkContext, BulkWork, SharedWork } from './inbox/batch/batch-work.ts';
export type { DeliveryContext } from './inbox/delivery-context.ts';
export { Inbox } from './inbox/inbox.ts';
export type { InboxEvent, InboxEventListener, InboxEventSubject } from './inbox/inbox-event.ts';
export type { InboxOptions } from './inbox/inbox-options.ts';
export type { InboxPreflightOptions } from './inbox/inbox-preflight.ts';
export { RunGate } from './inbox/run-gate.ts';
export type {
  AnyWork,
  HandleOutcome,
  PrepareContext,
  PreparedWork,
  ReadsAhead,
  Work,
  WorkContext,
} from './inbox/work.ts';
export { postgresInboxMigrations } from './postgres/migrations.ts';
export { PostgresInboxStore, type PostgresInboxStoreOptions } from './postgres/postgres-inbox-store.ts';
export { sqliteInboxMigrations } from './sqlite/migrations.ts';
export { SqliteInboxStore, type SqliteInboxStoreOptions } from './sqlite/sqlite-inbox-store.ts';
export type { AttemptFailure, AttemptStart, AttemptStarted, AttemptStore, Attempts } from './store/attempt-store.ts';
export type {
  BlockedCause,
  BlockedKey,
  BlockedQuery,
  GatedMessage,
  GateRole,
  GateStore,
  ParkedMessage,
  ReadyQuery,
  Sequence,
  SequencePosition,
  SequenceState,
} from './store/gate-store.ts';
export type { InboxStore } from './store/inbox-store.ts';
export type { MessageIdentity } from './store/message-identity.ts';
export type { RecordEntry, Recorded, RecordStore } from './store/record-store.ts';
export type { ConsumerProgress, InboxStats, Purged, PurgeRequest, RetentionStore } from './store/retention-store.ts';
