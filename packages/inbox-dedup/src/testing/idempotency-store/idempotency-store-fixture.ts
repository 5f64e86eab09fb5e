import type { SqlExecutor } from '@holdfast/sql';
import type { IdempotencyStore } from '../../http/store/idempotency-store.ts';

/** One process's way to the database. A {@link PgDatabase} is one. */
export interface StoreConnection extends SqlExecutor {
  /** Commits when `work` resolves, rolls back and rejects when it rejects. */
  transaction<Result>(work: (tx: SqlExecutor) => Promise<Result>): Promise<Result>;
}

/** A store without keys, and what the rules need around it. */
export interface IdempotencyStoreFixture {
  readonly store: IdempotencyStore;
  readonly connection: StoreConnection;
  /** A second one, as another process has it. */
  readonly other: StoreConnection;
  /** Makes all that is kept older by so many milliseconds. */
  elapse(ms: number): Promise<void>;
  close(): Promise<void>;
}
