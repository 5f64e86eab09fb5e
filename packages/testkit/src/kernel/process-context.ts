import { AsyncLocalStorage } from 'node:async_hooks';
import type { Incarnation } from './incarnation.ts';
import type { Simulation } from './simulation.ts';

export interface ProcessContext {
  readonly simulation: Simulation;
  readonly incarnation: Incarnation;
}

/** Code of a run that belongs to no process: the building of the world, the effects of I/O, checks. */
export interface OutsideContext {
  readonly simulation: Simulation;
  readonly incarnation: null;
}

const contexts = new AsyncLocalStorage<ProcessContext | OutsideContext | null>();

/** Which simulated process the running code belongs to; `null` outside of all: the world, its servers, checks, the test itself. */
export function currentProcess(): ProcessContext | null {
  const context = contexts.getStore();
  return context === undefined || context === null || context.incarnation === null ? null : context;
}

/** Which run the running code belongs to, in a process or outside of all; `null` for the test itself. */
export function currentSimulation(): Simulation | null {
  return contexts.getStore()?.simulation ?? null;
}

/** Runs it in a process, or (`null`) outside of all of the same run. */
export function runInProcess<Result>(context: ProcessContext | null, work: () => Result): Result {
  if (context !== null) return contexts.run(context, work);
  const current = contexts.getStore();
  if (current === undefined || current === null || current.incarnation === null) return work();
  return contexts.run(current.simulation.outside, work);
}

/** Runs it as a part of a run that belongs to no process: time and chance are virtual, I/O happens. */
export function runOutside<Result>(context: OutsideContext, work: () => Result): Result {
  return contexts.run(context, work);
}

/** Runs it as if there were no run, for a real driver: time is real. */
export function runForReal<Result>(work: () => Result): Result {
  return contexts.run(null, work);
}
