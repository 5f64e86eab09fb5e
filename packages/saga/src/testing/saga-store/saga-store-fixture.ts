import type { SqlExecutor } from '@holdfast/sql';
import type { SagaStore } from '../../store/saga-store.ts';

/** An open transaction on a connection of its own. */
export interface StoreTransaction {
  readonly executor: SqlExecutor;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/** A store with empty tables, and what the rules need around it. */
export interface SagaStoreFixture {
  readonly store: SagaStore;
  /** Runs each statement by itself, on a connection that no transaction uses. */
  readonly executor: SqlExecutor;
  /** On SQLite it takes the write lock at once. */
  begin(): Promise<StoreTransaction>;
  /** Makes the database's time pass, as the store sees it. */
  elapse(ms: number): Promise<void>;
  /** A store with empty tables of its own beside the others: in another schema, or with another prefix. */
  another(): Promise<SagaStore>;
  /** Rolls back what is open. */
  drop(): Promise<void>;
}
