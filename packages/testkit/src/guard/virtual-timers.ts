import timers from 'node:timers';
import timersPromises from 'node:timers/promises';
import { promisify } from 'node:util';
import { currentProcess, currentSimulation } from '../kernel/process-context.ts';
import type { Simulation } from '../kernel/simulation.ts';
import { SIGNAL_TIME_OUT } from '../kernel/timeline.ts';
import type { Patches } from './patches.ts';
import { sleepOf, virtualIntervals, virtualScheduler } from './timers-promises.ts';
import { virtualTime } from './virtual-time.ts';
import { IMMEDIATELY, VirtualTimer } from './virtual-timer.ts';

type Callback = (...args: unknown[]) => unknown;
type Start = (callback: Callback, ms?: number, ...args: unknown[]) => unknown;
type StartNow = (callback: Callback, ...args: unknown[]) => unknown;

/** While a world is built and checked virtual time stands still: timers outside of processes are real then. */
export function runOfTimers(called: string): Simulation | null {
  const simulation = currentProcess() === null ? currentSimulation() : virtualTime(called);
  return simulation === null || (currentProcess() === null && !simulation.isRunning) ? null : simulation;
}

/** Timers of Node are those of the run, in its code. */
export function makeTimersVirtual(patches: Patches): void {
  for (const target of [globalThis, timers]) {
    patches.replace<Start>(target, 'setTimeout', (real) => starting('setTimeout', real, false));
    patches.replace<Start>(target, 'setInterval', (real) => starting('setInterval', real, true));
    patches.replace<StartNow>(target, 'setImmediate', (real) => {
      const guarded: StartNow = (callback, ...args) => {
        const simulation = runOfTimers('setImmediate');
        if (simulation === null) return real(callback, ...args);
        return new VirtualTimer({ simulation, ms: IMMEDIATELY, repeats: false, fire: () => callback(...args) });
      };
      return Object.assign(guarded, { [promisify.custom]: (value: unknown) => timersPromises.setImmediate(value) });
    });
    for (const name of ['clearTimeout', 'clearInterval', 'clearImmediate']) {
      patches.replace<(timer: unknown) => void>(target, name, (real) => (timer) => {
        const virtual = VirtualTimer.of(timer);
        if (virtual === undefined) real(timer);
        else virtual.close();
      });
    }
  }
  makePromisesVirtual(patches);
  patches.replace<(ms: number) => AbortSignal>(AbortSignal, 'timeout', (real) => (ms) => {
    const simulation = runOfTimers('AbortSignal.timeout');
    if (simulation === null) return real.call(AbortSignal, ms);
    const controller = new AbortController();
    const reason = () => new DOMException('The operation was aborted due to timeout', 'TimeoutError');
    const fire = () => controller.abort(reason());
    new VirtualTimer({ simulation, ms, repeats: false, fire, label: SIGNAL_TIME_OUT });
    return controller.signal;
  });
  patches.replace<typeof process.nextTick>(process, 'nextTick', (real) => (callback, ...args) => {
    currentSimulation()?.askForTurn();
    real.call(process, callback, ...args);
  });
}

function starting(name: 'setTimeout' | 'setInterval', real: Start, repeats: boolean): Start {
  const guarded: Start = (callback, ms = 1, ...args) => {
    const simulation = runOfTimers(name);
    if (simulation === null) return real(callback, ms, ...args);
    if (typeof callback !== 'function') return real(callback);
    return new VirtualTimer({ simulation, ms: Number(ms), repeats, fire: () => callback(...args) });
  };
  const promised = (ms: number, value: unknown) => timersPromises.setTimeout(ms, value);
  return Object.assign(guarded, repeats ? {} : { [promisify.custom]: promised });
}

function makePromisesVirtual(patches: Patches): void {
  patches.replace<typeof timersPromises.setTimeout>(timersPromises, 'setTimeout', (real) => (ms, value, options) => {
    const simulation = runOfTimers('timers.promises.setTimeout');
    return simulation === null ? real(ms, value, options) : sleepOf(simulation, ms ?? 1, { ...options, value });
  });
  patches.replace<typeof timersPromises.setImmediate>(timersPromises, 'setImmediate', (real) => (value, options) => {
    const simulation = runOfTimers('timers.promises.setImmediate');
    return simulation === null ? real(value, options) : sleepOf(simulation, IMMEDIATELY, { ...options, value });
  });
  patches.replace<typeof timersPromises.setInterval>(timersPromises, 'setInterval', (real) => (ms, value, options) => {
    const simulation = runOfTimers('timers.promises.setInterval');
    return simulation === null
      ? real(ms, value, options)
      : virtualIntervals(simulation, ms ?? 1, { ...options, value });
  });
  const { scheduler } = timersPromises;
  patches.replace<typeof scheduler>(timersPromises, 'scheduler', (real) => virtualScheduler(real, runOfTimers));
}
