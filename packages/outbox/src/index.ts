export { HistoryChangedError } from './errors/history-changed-error.ts';
export { LaneChangeRefusedError } from './errors/lane-change-refused-error.ts';
export { MissingPublisherError } from './errors/missing-publisher-error.ts';
export { ParkedRequestRefusedError } from './errors/parked-request-refused-error.ts';
export { ReplayRefusedError } from './errors/replay-refused-error.ts';
export { TooManyMessagesError } from './errors/too-many-messages-error.ts';
export { UnknownDestinationError } from './errors/unknown-destination-error.ts';
export { Outbox, type OutboxOptions } from './outbox.ts';
export { postgresOutboxMigrations } from './postgres/migrations.ts';
export { PostgresNotifier, type PostgresNotifierOptions } from './postgres/postgres-notifier.ts';
export { PostgresOutboxStore, type PostgresOutboxStoreOptions } from './postgres/postgres-outbox-store.ts';
export {
  PostgresWakeUpListener,
  type PostgresWakeUpListenerOptions,
} from './postgres/postgres-wake-up-listener.ts';
export type { RecordFactoryOptions } from './record-factory.ts';
export type { BreakerState } from './relay/breaker.ts';
export type { PoisonPolicies, PoisonPolicy } from './relay/poison-policy.ts';
export { Relay, type RelayOptions, type RelayStopReport } from './relay/relay.ts';
export type { RelayEvent, RelayEventListener } from './relay/relay-event.ts';
export type { RelayLaneStatus } from './relay/relay-lane-status.ts';
export type { RelaySettings } from './relay/relay-settings.ts';
export type { Replay } from './replay.ts';
export { sqliteOutboxMigrations } from './sqlite/migrations.ts';
export { SqliteOutboxStore, type SqliteOutboxStoreOptions } from './sqlite/sqlite-outbox-store.ts';
export type { HousekeepingStore, LaneStats, OutboxStats, RotationResult } from './store/housekeeping-store.ts';
export type { Lane, LaneClaim, LaneProgress, LaneStore, SettledProgress } from './store/lane-store.ts';
export type { LogCursor } from './store/log-cursor.ts';
export { cursorAt, type LogEntry, type LogPage } from './store/log-page.ts';
export type { LogRecord } from './store/log-record.ts';
export type { LogWriter, SyncLogWriter } from './store/log-writer.ts';
export type { DestinationDeclaration, OutboxStore } from './store/outbox-store.ts';
export type {
  ParkedAction,
  ParkedEntry,
  ParkedMessage,
  ParkedRequest,
  ParkedRole,
  ParkedSelector,
} from './store/parked-message.ts';
export type { ParkedQuery, ParkedResolution, ParkingStore } from './store/parking-store.ts';
export type { ReplayFilter, ReplayPreview, ReplayRange, ReplayStep, ReplayStore } from './store/replay-store.ts';
export { SyncOutbox, type SyncOutboxOptions } from './sync-outbox.ts';
export { WakeUp } from './wake-up.ts';
