import type { Clock } from '@holdfast/core';

export interface Patience {
  readonly clock: Clock;
  /** Ends the waiting too. */
  readonly signal: AbortSignal;
  readonly patienceMs: number;
  readonly lookEveryMs: number;
}

/** Returns when it is so, or when patience has ended. */
export async function untilPatienceEnds(
  isSo: () => boolean | Promise<boolean>,
  { clock, signal, patienceMs, lookEveryMs }: Patience,
): Promise<void> {
  const since = clock.monotonic();
  while (!signal.aborted && clock.monotonic() - since < patienceMs) {
    if (await isSo()) return;
    await clock.sleep(lookEveryMs, signal);
  }
}
