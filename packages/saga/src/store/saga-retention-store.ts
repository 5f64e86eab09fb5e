import type { SqlExecutor } from '@holdfast/sql';

/** Cleans up. */
export interface SagaRetentionStore {
  /**
   * Removes finished instances whose time is over, with their history, timers and parked events, at most `limit` of them; one that is in
   * use is left for the next time. Returns how many.
   */
  purge(executor: SqlExecutor, request: { readonly sagas: readonly string[]; readonly limit: number }): Promise<number>;
  /** Removes parked events of instances that never began, after this time in milliseconds, at most `limit`. Returns how many. */
  purgeUnmatched(
    executor: SqlExecutor,
    request: { readonly saga: string; readonly olderThanMs: number; readonly limit: number },
  ): Promise<number>;
}
