import { AsyncLocalStorage } from 'node:async_hooks';
import type { Incarnation } from './incarnation.ts';
import type { Simulation } from './simulation.ts';

export interface ProcessContext {
  readonly simulation: Simulation;
  readonly incarnation: Incarnation;
}

const contexts = new AsyncLocalStorage<ProcessContext | null>();

/** Which simulated process the running code belongs to; `null` outside of all: the world, its servers, checks, the test itself. */
export function currentProcess(): ProcessContext | null {
  return contexts.getStore() ?? null;
}

export function runInProcess<Result>(context: ProcessContext | null, work: () => Result): Result {
  return contexts.run(context, work);
}
