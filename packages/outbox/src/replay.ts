import type { ReplayFilter, ReplayStep, ReplayStore } from './store/replay-store.ts';

export interface Replay {
  /** Stops between two steps; what was copied stays. */
  readonly signal?: AbortSignal;
  /** Messages of one step and transaction. @default 500 */
  readonly batchSize?: number;
}

/** Copies what matches to the end of the log, step by step. Returns how many messages. */
export async function replay(store: ReplayStore, filter: ReplayFilter, options: Replay): Promise<number> {
  const { signal, batchSize = 500 } = options;
  let afterPosition: number | null = 0;
  let until: { readonly untilPosition?: number } = {};
  let copied = 0;
  while (afterPosition !== null && !signal?.aborted) {
    const step: ReplayStep = await store.copy(filter, { afterPosition, limit: batchSize, ...until });
    copied += step.copied;
    afterPosition = step.nextPosition;
    until = { untilPosition: step.untilPosition };
  }
  return copied;
}
