import { currentProcess } from '../kernel/process-context.ts';
import { ProcessKilledError } from '../kernel/process-killed-error.ts';
import type { Patches } from './patches.ts';

/** `process.exit()` and `process.abort()` end the simulated process whose code calls them. */
export function guardExits(patches: Patches): void {
  for (const name of ['exit', 'abort', 'reallyExit']) {
    patches.replace<(code?: number) => void>(process, name, (real) => (code) => {
      const context = currentProcess();
      if (context === null) return real.call(process, code);
      const { simulation, incarnation } = context;
      if (incarnation.isAlive) simulation.onKill(incarnation, `process.${name}`);
      throw new ProcessKilledError(incarnation.process);
    });
  }
}
