import type { SqlExecutor } from '@holdfast/sql';
import type { UpkeepProbe } from '../upkeep-rule.ts';

/** An open transaction on a connection of its own. */
export interface StoreTransaction {
  readonly executor: SqlExecutor;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/** A store with empty tables, and what the rules need around it. */
export interface InboxStoreFixture extends UpkeepProbe {
  /** On SQLite it takes the write lock at once. */
  begin(): Promise<StoreTransaction>;
  /** Rolls back what is open. */
  drop(): Promise<void>;
}
