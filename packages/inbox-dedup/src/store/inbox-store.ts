import type { DialectName } from '@holdfast/sql';
import type { AttemptStore } from './attempt-store.ts';
import type { GateStore } from './gate-store.ts';
import type { RecordStore } from './record-store.ts';
import type { RetentionStore } from './retention-store.ts';

/**
 * The inbox's tables in one SQL dialect. Its parts hold no connection: every call is given what it runs on, the
 * service's transaction or, for one statement by itself, its {@link TransactionRunner}.
 */
export interface InboxStore {
  readonly dialect: DialectName;
  readonly records: RecordStore;
  readonly attempts: AttemptStore;
  readonly retention: RetentionStore;
  readonly gate: GateStore;
}
