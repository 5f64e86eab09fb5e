import type { SqlExecutor } from '@holdfast/sql';
import type { InboxStore } from '../store/inbox-store.ts';

/** What the rules about attempts and retention need of a fixture. */
export interface UpkeepProbe {
  readonly store: InboxStore;
  /** Every statement by itself. */
  readonly executor: SqlExecutor;
  /** The same on another connection. */
  readonly other: SqlExecutor;
  /** Makes everything that is stored older by so many milliseconds. */
  elapse(ms: number): Promise<void>;
}

export interface UpkeepRule {
  readonly name: string;
  /** Rejects when the store breaks the rule. */
  run(probe: UpkeepProbe): Promise<void>;
}
