/**
 * The only way to time in Holdfast, so that everything runs under a simulator.
 * It says nothing about ownership: what decides who owns a lease is the database's clock.
 */
export interface Clock {
  /** Wall-clock time in milliseconds since the Unix epoch. May jump in both directions. */
  now(): number;
  /** Milliseconds since an arbitrary start, never going back. For durations and deadlines. */
  monotonic(): number;
  /**
   * Resolves after `ms` milliseconds, or as soon as `signal` is aborted (it never rejects: look at the signal).
   * A pending sleep does not keep the process alive by itself.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
