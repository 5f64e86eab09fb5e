import type { SqlStatement } from './statement.ts';

/** A transaction that its owner lets others take part in: what {@link transact} gives to its work. */
export interface CommitHooks {
  /**
   * Has statements run last, with COMMIT in one round trip where the client is pipelined. One that fails rolls everything
   * back. `translateError` gets whatever the transaction rejects with, and returns it as it is or a clearer one.
   */
  beforeCommit(hook: () => readonly SqlStatement[], translateError?: (error: unknown) => unknown): void;
  /** Calls `callback` once it is certain that the transaction is committed. */
  onCommitted(callback: () => void): void;
}

export function hasCommitHooks<Executor extends object>(executor: Executor): executor is Executor & CommitHooks {
  return 'beforeCommit' in executor && 'onCommitted' in executor;
}
