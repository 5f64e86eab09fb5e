import type { Round } from '../harness/alternate.ts';
import type { Meter } from '../harness/meter.ts';

/** Short turns and many of them: a commit waits for the disk, and what the disk does changes from second to second. */
export const TURN_SECONDS = 0.1;
export const TURNS_PER_ROUND = 6;

export interface TimedTurnOptions {
  readonly meter: Meter;
  readonly seconds: number;
  /** Steps at the same time. */
  readonly concurrency: number;
  /** Resolves with how much was done; 0 when there is nothing left to do. */
  readonly step: () => Promise<number>;
}

/** Does steps until the time is over, and waits for those that were begun. */
export async function timedTurn({ meter, seconds, concurrency, step }: TimedTurnOptions): Promise<Round> {
  let count = 0;
  meter.start();
  const until = performance.now() + seconds * 1e3;
  const worker = async () => {
    while (performance.now() < until) {
      const done = await step();
      if (done === 0) return;
      count += done;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return { ...meter.stop(), count };
}
