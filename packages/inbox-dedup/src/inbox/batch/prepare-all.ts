import pLimit from 'p-limit';
import type { Received } from '../received.ts';
import type { PreparedWork } from '../work.ts';

/** Prepares several messages at the same time, at most `concurrency`. Results are at the places of the messages. */
export function prepareAll<Tx, Prepared>(
  batch: readonly Received[],
  work: PreparedWork<Tx, Prepared>,
  concurrency: number,
): Promise<readonly PromiseSettledResult<Prepared>[]> {
  const limit = pLimit(concurrency);
  return Promise.allSettled(
    batch.map(({ message, attempt, signal }) =>
      limit(async () => {
        signal.throwIfAborted();
        return work.prepare(message, { attempt, signal });
      }),
    ),
  );
}
