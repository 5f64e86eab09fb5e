import { currentProcess } from '../kernel/process-context.ts';
import type { Patches } from './patches.ts';

type Listener = (...args: unknown[]) => void;
type Listen = (event: string | symbol, listener: Listener) => NodeJS.Process;

const adders = ['on', 'addListener', 'once', 'prependListener', 'prependOnceListener'];

/**
 * What a simulated process listens to on `process`, e.g. SIGTERM, ends with it: the real process would keep the listener of each life of each run,
 * with all that belongs to it, and call them all at the end.
 */
export function makeProcessListenersMortal(patches: Patches): void {
  for (const name of adders) {
    patches.replace<Listen>(process, name, (real) => (event, listener) => {
      const incarnation = currentProcess()?.incarnation;
      if (incarnation?.isAlive === false) return process;
      real.call(process, event, listener);
      incarnation?.onEnd(() => process.removeListener(event, listener));
      return process;
    });
  }
}
