export type { DueResolution, ResolveOptions } from './due-resolver.ts';
export type { CallContext, Effect, Verdict, VerifyContext, VerifyEffect } from './effect.ts';
export type { EffectDatabase } from './effect-database.ts';
export type { EffectEvent, EffectEventListener } from './effect-event.ts';
export { EffectJournal } from './effect-journal.ts';
export type { EffectJournalOptions } from './effect-journal-options.ts';
export { EffectResolver, type EffectResolverOptions } from './effect-resolver.ts';
export { CorruptEffectError } from './errors/corrupt-effect-error.ts';
export { EffectBusyError } from './errors/effect-busy-error.ts';
export { EffectNotOpenError } from './errors/effect-not-open-error.ts';
export { EffectNotPerformedError } from './errors/effect-not-performed-error.ts';
export { EffectParkedError } from './errors/effect-parked-error.ts';
export { EffectRefusedError } from './errors/effect-refused-error.ts';
export { EffectUnknownError } from './errors/effect-unknown-error.ts';
export { InvalidEffectResultError } from './errors/invalid-effect-result-error.ts';
export { postgresEffectMigrations } from './postgres/migrations.ts';
export { PostgresEffectStore, type PostgresEffectStoreOptions } from './postgres/postgres-effect-store.ts';
export { sqliteEffectMigrations } from './sqlite/migrations.ts';
export { SqliteEffectStore, type SqliteEffectStoreOptions } from './sqlite/sqlite-effect-store.ts';
export type {
  EffectBegin,
  EffectClaim,
  EffectClaimRequest,
  EffectDueRequest,
  EffectHold,
  EffectIntentStore,
  EffectKept,
  EffectRelease,
  HeldEffect,
} from './store/effect-intent-store.ts';
export type { EffectIdentity, EffectRecord, EffectState } from './store/effect-record.ts';
export type {
  EffectPurge,
  EffectQuery,
  EffectReviewStore,
  EffectSettlement,
  EffectStats,
  OpenEffectState,
} from './store/effect-review-store.ts';
export type { EffectStore } from './store/effect-store.ts';
