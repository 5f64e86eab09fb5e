import { currentSimulation } from '../kernel/process-context.ts';
import { EPOCH_MS } from '../kernel/simulated-clock.ts';
import type { Simulation } from '../kernel/simulation.ts';
import type { Patches } from './patches.ts';
import { refuseInProcess } from './refuse.ts';

/** The run whose time it is, or `null` for real time. @throws UnwrappedIoError when the run refuses */
export function virtualTime(called: string): Simulation | null {
  const simulation = currentSimulation();
  if (simulation?.time === 'refuse') refuseInProcess(called);
  return simulation;
}

/** Wall clock and monotonic clocks of Node are those of the run, in its code. */
export function makeClocksVirtual(patches: Patches): void {
  const RealDate = globalThis.Date;
  const realNow = RealDate.now;
  const now = () => virtualTime('Date.now')?.clock.now() ?? realNow();
  patches.replace(RealDate, 'now', () => now);
  patches.replace<DateConstructor>(
    globalThis,
    'Date',
    (real) =>
      new Proxy(real, {
        construct: (target, args, newTarget) =>
          Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as Date,
        apply: (target) => new target(now()).toString(),
      }),
  );
  makePerformanceVirtual(patches);
}

function makePerformanceVirtual(patches: Patches): void {
  const { performance } = globalThis;
  const realNow = performance.now.bind(performance);
  const realOrigin = performance.timeOrigin;
  const monotonic = (called: string) => virtualTime(called)?.clock.monotonic();
  patches.replace(performance, 'now', () => () => monotonic('performance.now') ?? realNow());
  patches.replaceGetter(performance, 'timeOrigin', () => (currentSimulation() === null ? realOrigin : EPOCH_MS));
  patches.replace<NodeJS.HRTime>(process, 'hrtime', (real) => {
    const hrtime = (since?: [number, number]): [number, number] => {
      const ms = monotonic('process.hrtime');
      if (ms === undefined) return real(since);
      const nanoseconds = Math.floor(ms * 1e6) - (since === undefined ? 0 : since[0] * 1e9 + since[1]);
      const seconds = Math.floor(nanoseconds / 1e9);
      return [seconds, nanoseconds - seconds * 1e9];
    };
    const bigint = () => {
      const ms = monotonic('process.hrtime.bigint');
      return ms === undefined ? real.bigint() : BigInt(Math.floor(ms * 1e6));
    };
    return Object.assign(hrtime, { bigint });
  });
  patches.replace<() => number>(process, 'uptime', (real) => () => {
    const ms = monotonic('process.uptime');
    return ms === undefined ? real.call(process) : ms / 1_000;
  });
}
