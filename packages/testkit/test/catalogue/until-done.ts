import type { Clock } from '@holdfast/core';

const MOST_TRIES = 400;
const PAUSE_MS = 100;

/** Somebody who asks again until he has an answer, or gives up after 40 seconds. @returns whether there was an answer */
export async function untilDone(clock: Clock, ask: () => Promise<unknown>): Promise<boolean> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    try {
      await ask();
      return true;
    } catch {
      await clock.sleep(PAUSE_MS);
    }
  }
  return false;
}
