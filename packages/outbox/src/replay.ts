import { ReplayRefusedError } from './errors/replay-refused-error.ts';
import type { ReplayFilter, ReplayStep, ReplayStore } from './store/replay-store.ts';

export interface Replay {
  /** Stops between two steps; what was copied stays. */
  readonly signal?: AbortSignal;
  /** Messages of one step and transaction. @default 500 */
  readonly batchSize?: number;
  /** Also sends what is older than the outbox's `dedupWindowMs`: consumers that forgot it apply it again. @default false */
  readonly beyondDedupWindow?: boolean;
}

/** How far back consumers remember. */
export interface DedupWindow {
  readonly dedupWindowMs: number;
  readonly now: number;
}

/** @throws ReplayRefusedError when what matches reaches back behind the window */
export async function assertWithinWindow(
  store: ReplayStore,
  filter: ReplayFilter,
  { dedupWindowMs, now }: DedupWindow,
): Promise<void> {
  const remembered = now - dedupWindowMs;
  if (filter.from >= remembered) return;
  const { messages, retainedSince } = await store.preview({ ...filter, to: Math.min(filter.to, remembered) });
  if (messages > 0) throw new ReplayRefusedError(Math.max(filter.from, retainedSince ?? 0), dedupWindowMs);
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
