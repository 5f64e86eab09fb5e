import type { Clock } from '@holdfast/core';

const MOST_TRIES = 60;
const PAUSE_MS = { first: 100, longest: 1_500 };

/** Somebody who asks again until he has an answer, less and less often, or gives up after a minute and a half. @returns whether there was an answer */
export async function untilDone(clock: Clock, ask: () => Promise<unknown>): Promise<boolean> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    try {
      await ask();
      return true;
    } catch {
      await clock.sleep(Math.min(PAUSE_MS.first * 2 ** tries, PAUSE_MS.longest));
    }
  }
  return false;
}
