import type { FaultSource } from '../faults/fault-source.ts';

export interface SimulationOptions {
  /** A 32-bit number. The same seed and faults give the same run for ever. */
  readonly seed: number;
  /** @default nothing goes wrong */
  readonly faults?: FaultSource;
  /** Keeps every event, for reports. @default false */
  readonly record?: boolean;
  /** Longest time that an I/O takes, in virtual milliseconds. @default 1, 5, 20 or 60, by the seed */
  readonly latencyMs?: number;
  /** @default 500_000 */
  readonly maxSteps?: number;
  /** What code of a process gets that asks Node for time instead of a clock: virtual time, or an error. @default 'virtual' */
  readonly time?: 'virtual' | 'refuse';
  /** Real resources that a process opens are problems; slower. @default false */
  readonly strict?: boolean;
}
