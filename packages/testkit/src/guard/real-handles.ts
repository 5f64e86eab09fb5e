import { createHook } from 'node:async_hooks';
import { currentProcess } from '../kernel/process-context.ts';
import { callSite } from './call-site.ts';
import { tellOnce } from './refuse.ts';

/** Resources of Node itself have names in capitals; those of JavaScript code do not. */
const real = /^(?:[A-Z][A-Z0-9_]+|Timeout|Immediate)$/;
/** What is made without leaving the process, or by writing to the console. */
const harmless = new Set(['PROMISE', 'WRITEWRAP', 'TTYWRAP', 'ELDHISTOGRAM', 'MESSAGEPORT']);

/** Makes every real asynchronous resource that a process of a strict run opens a problem of that run. Slow while it is on. */
export class RealHandles {
  readonly #hook = createHook({
    // Not in the types yet; where it is unknown promises are seen too, which is only slower.
    ...({ trackPromises: false } as object),
    init: (_id, type) => {
      if (real.test(type) && !harmless.has(type)) this.#look(type);
    },
  });

  begin(): void {
    this.#hook.enable();
  }

  end(): void {
    this.#hook.disable();
  }

  #look(type: string): void {
    const context = currentProcess();
    if (context === null || !context.simulation.isStrict || !context.incarnation.isAlive) return;
    const { where, isLoading, isInternal } = callSite();
    if (isLoading || isInternal) return;
    const message = `The simulated process "${context.incarnation.process}" opened a real resource, "${type}", at ${where}: when it is ready no seed decides. Pass it in from the world as a port.`;
    tellOnce(context.simulation, message);
  }
}
