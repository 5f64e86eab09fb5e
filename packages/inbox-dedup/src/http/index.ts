export { BodyAlreadyReadError } from './errors/body-already-read-error.ts';
export { KeyContendedError } from './errors/key-contended-error.ts';
export { KeyLostError } from './errors/key-lost-error.ts';
export { MissingScopeError } from './errors/missing-scope-error.ts';
export { ResponseAlreadyReadError } from './errors/response-already-read-error.ts';
export { ResponseTooLargeError } from './errors/response-too-large-error.ts';
export { WorkOverdueError } from './errors/work-overdue-error.ts';
export { HttpIdempotency, type PurgeKeysOptions } from './http-idempotency.ts';
export type { HttpIdempotencyEvent } from './http-idempotency-event.ts';
export type { HttpIdempotencyOptions } from './http-idempotency-options.ts';
export type { IdempotentContext, IdempotentWork } from './idempotent-work.ts';
export { postgresIdempotencyMigrations } from './postgres/migrations.ts';
export {
  PostgresIdempotencyStore,
  type PostgresIdempotencyStoreOptions,
} from './postgres/postgres-idempotency-store.ts';
export type { ProblemCode } from './problem-response.ts';
export { sqliteIdempotencyMigrations } from './sqlite/migrations.ts';
export { SqliteIdempotencyStore, type SqliteIdempotencyStoreOptions } from './sqlite/sqlite-idempotency-store.ts';
export type {
  ClaimResult,
  IdempotencyStore,
  KeyClaim,
  KeyHolder,
  ScopedKey,
  StoredAnswer,
} from './store/idempotency-store.ts';
