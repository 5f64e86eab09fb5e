import type { Scheduler } from 'node:timers/promises';
import type { Simulation } from '../kernel/simulation.ts';
import { IMMEDIATELY, VirtualTimer } from './virtual-timer.ts';

export interface SleepOptions<Value> {
  readonly value?: Value | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** `setTimeout` of `node:timers/promises` in virtual time. */
export function sleepOf<Value>(
  simulation: Simulation,
  ms: number,
  { value, signal }: SleepOptions<Value>,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(abortErrorOf(signal));
      return;
    }
    const abort = () => {
      timer.close();
      if (signal !== undefined) reject(abortErrorOf(signal));
    };
    const fire = () => {
      signal?.removeEventListener('abort', abort);
      resolve(value as Value);
    };
    const timer = new VirtualTimer({ simulation, ms, repeats: false, fire });
    signal?.addEventListener('abort', abort, { once: true });
  });
}

/** `setInterval` of `node:timers/promises` in virtual time. */
export async function* virtualIntervals<Value>(
  simulation: Simulation,
  ms: number,
  options: SleepOptions<Value>,
): AsyncGenerator<Value, undefined> {
  for (;;) yield await sleepOf(simulation, ms, options);
}

/** `scheduler` of `node:timers/promises` in virtual time. */
export function virtualScheduler(real: Scheduler, runOf: (called: string) => Simulation | null): Scheduler {
  return {
    wait: async (ms, options) => {
      const simulation = runOf('scheduler.wait');
      await (simulation === null ? real.wait(ms, options) : sleepOf(simulation, ms ?? 1, { ...options }));
    },
    yield: async () => {
      const simulation = runOf('scheduler.yield');
      await (simulation === null ? real.yield() : sleepOf(simulation, IMMEDIATELY, {}));
    },
  };
}

function abortErrorOf(signal: AbortSignal): Error {
  const error = new Error('The operation was aborted', { cause: signal.reason });
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' });
}
