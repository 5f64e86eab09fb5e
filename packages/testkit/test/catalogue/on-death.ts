import { runInProcess } from '../../src/kernel/process-context.ts';
import { currentIncarnation } from '../../src/kernel/simulated-process.ts';

/** Runs when the process whose code calls is gone, outside of it: what a dead process sees does not count. Returns a function that takes it back. */
export function onDeath(look: () => void): () => void {
  return currentIncarnation().onEnd(() => runInProcess(null, look));
}
