import type { Clock } from '@holdfast/core';
import { currentProcess } from './process-context.ts';
import type { Simulation } from './simulation.ts';

/** When every simulation begins, in milliseconds since the Unix epoch: 2027-01-15T08:00:00Z. */
export const EPOCH_MS = 1_800_000_000_000;

/** Virtual time, as the process sees it whose code asks: its wall clock may have jumped. */
export class SimulatedClock implements Clock {
  readonly #simulation: Simulation;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  now(): number {
    const process = currentProcess()?.incarnation.process;
    const jumped = process === undefined ? 0 : this.#simulation.clockJumpOf(process);
    return Math.floor(EPOCH_MS + this.#simulation.now + jumped);
  }

  monotonic(): number {
    return this.#simulation.now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#simulation.sleep(ms, signal);
  }
}
