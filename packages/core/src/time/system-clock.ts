import type { Clock } from '../ports/clock.ts';

/** Node fires longer timers at once. */
const MAX_TIMER_MS = 2_147_483_647;

/**
 * Real time. Its sleeps do not keep the process alive (a {@link Loop} does, while it is started), and leave neither a
 * timer nor a listener behind when aborted. `sleep(0)` lets the event loop turn once.
 */
export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (!(ms > 0)) return turn();
    const end = performance.now() + ms;
    for (let left = ms; left > 0 && !signal?.aborted; left = end - performance.now()) {
      await pause(Math.min(left, MAX_TIMER_MS), signal);
    }
  }
}

/** Referenced: an idle event loop would not turn for an immediate that is not. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, Math.ceil(ms));
    timer.unref();
    signal?.addEventListener('abort', finish, { once: true });
  });
}
