import { runInProcess } from '../kernel/process-context.ts';
import type { Simulation } from '../kernel/simulation.ts';
import type { DatabaseFile } from './database-file.ts';

/** Resolves when a transaction on the file has ended, or after so many virtual milliseconds. */
export async function releasedWithin(file: DatabaseFile, simulation: Simulation, ms: number): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = runInProcess(null, () => simulation.after(ms, late.resolve));
  await Promise.race([file.untilReleased(), late.promise]);
  timer.cancelled = true;
}
