/** How the rules wait: bounds that a real network, a slow machine and a reconnection with backoff stay below. */
export const bounds = Object.freeze({
  /** An answer that is due now, over a network that works. */
  answerMs: 5_000,
  /** A message that is due now. */
  arrivalMs: 4_000,
  /** Until a transport works again by itself after its broker is back. */
  recoveryMs: 10_000,
  /** Until `close` has handed back and given up. */
  closeMs: 10_000,
  /** How long to look for a message that must not come. */
  quietMs: 100,
});

const FIRST_STEP_MS = 10;
const LAST_STEP_MS = 250;
const TURNS = 20;

/** A fixture that lets time pass: it moves a manual clock, or waits. */
export interface PassingTime {
  passTime(ms: number): Promise<void>;
}

/** Whether the promise has settled by now, everything that is ready to run having run; I/O may need {@link settlesWithin}. */
export async function hasSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const settle = () => {
    settled = true;
  };
  promise.then(settle, settle);
  for (let count = 0; count < TURNS && !settled; count += 1) await turn();
  return settled;
}

/** A turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Lets up to `ms` pass, and returns whether the promise has settled by then. Returns soon after it does. */
export async function settlesWithin(time: PassingTime, promise: Promise<unknown>, ms: number): Promise<boolean> {
  let passed = 0;
  while (!(await hasSettled(promise))) {
    if (passed >= ms) return false;
    const step = Math.min(LAST_STEP_MS, Math.max(FIRST_STEP_MS, passed / 8), ms - passed);
    // Not raced with the promise: a manual clock is not to be moved by two at once.
    await time.passTime(step);
    passed += step;
  }
  return true;
}
