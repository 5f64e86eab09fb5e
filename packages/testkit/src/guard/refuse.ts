import { currentProcess } from '../kernel/process-context.ts';
import { ProcessKilledError } from '../kernel/process-killed-error.ts';
import type { Simulation } from '../kernel/simulation.ts';
import { callSite, isCalledByNode } from './call-site.ts';
import { UnwrappedIoError } from './unwrapped-io-error.ts';

/** They tell when memory is freed, which no seed decides; Node's own use of them, as in `new Request()`, shows nowhere. */
const memoryKeepers = new Set(['new WeakRef', 'new FinalizationRegistry']);

const told = new WeakMap<Simulation, Set<string>>();

/**
 * Refuses what would leave the simulation, when code of a simulated process does it. Everybody else, and who loads modules, passes.
 * @throws UnwrappedIoError
 * @throws ProcessKilledError in a process that is dead
 */
export function refuseInProcess(called: string): 'outside' | 'loads' {
  const context = currentProcess();
  if (context === null) return 'outside';
  const { simulation, incarnation } = context;
  if (!incarnation.isAlive) throw new ProcessKilledError(incarnation.process);
  if (memoryKeepers.has(called) && isCalledByNode()) return 'loads';
  const site = callSite();
  if (site.isLoading) return 'loads';
  const error = new UnwrappedIoError(called, incarnation.process, site.where);
  tellOnce(simulation, error.message);
  throw error;
}

/** Makes it a problem of the run, unless it is one already. */
export function tellOnce(simulation: Simulation, message: string): void {
  let messages = told.get(simulation);
  if (messages === undefined) {
    messages = new Set();
    told.set(simulation, messages);
  }
  if (messages.has(message)) return;
  messages.add(message);
  simulation.problem('all I/O is simulated', message);
}
