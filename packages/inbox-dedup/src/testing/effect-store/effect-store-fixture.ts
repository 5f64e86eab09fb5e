import type { SqlExecutor } from '@holdfast/sql';
import type { EffectStore } from '../../effects/store/effect-store.ts';

/** A store without effects, and what the rules need around it. */
export interface EffectStoreFixture {
  readonly store: EffectStore;
  /** Runs single statements, each committed when it resolves. */
  readonly executor: SqlExecutor;
  /** A second one on a connection of its own, as another process has it. */
  readonly other: SqlExecutor;
  /** Makes all that is kept older by so many milliseconds. */
  elapse(ms: number): Promise<void>;
  close(): Promise<void>;
}
