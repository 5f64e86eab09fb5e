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
  const VirtualDate = new Proxy(RealDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as Date,
    apply: (target) => new target(now()).toString(),
  });
  patches.replace(globalThis, 'Date', () => VirtualDate);
  // For `new date.constructor()`.
  patches.replace(RealDate.prototype, 'constructor', () => VirtualDate);
  makeFormatsVirtual(patches, now);
  makePerformanceVirtual(patches);
  makeMarksVirtual(patches);
}

type Measure = (name: string, options?: string | object, endMark?: string) => unknown;
type Format = (date?: Date | number) => unknown;

/** A format without a date is one of now. */
function makeFormatsVirtual(patches: Patches, now: () => number): void {
  const { prototype } = Intl.DateTimeFormat;
  const dateOr = (date: Date | number | undefined) =>
    date === undefined && currentSimulation() !== null ? now() : date;
  const realFormat = Object.getOwnPropertyDescriptor(prototype, 'format')?.get;
  if (realFormat !== undefined) {
    patches.replaceGetter(prototype, 'format', function (this: Intl.DateTimeFormat) {
      const format: Format = realFormat.call(this);
      return currentSimulation() === null ? format : (date?: Date | number) => format(dateOr(date));
    });
  }
  patches.replace<Format>(
    prototype,
    'formatToParts',
    (real) =>
      function (this: Intl.DateTimeFormat, date) {
        return real.call(this, dateOr(date));
      },
  );
}

function makeMarksVirtual(patches: Patches): void {
  const { performance } = globalThis;
  const monotonic = (called: string) => virtualTime(called)?.clock.monotonic();
  patches.replace<typeof performance.mark>(performance, 'mark', (real) => (name, options) => {
    const startTime = monotonic('performance.mark');
    return real.call(performance, name, startTime === undefined ? options : { startTime, ...options });
  });
  patches.replace<Measure>(performance, 'measure', (real) => (name, options, endMark) => {
    const end = monotonic('performance.measure');
    if (end === undefined || endMark !== undefined) return real.call(performance, name, options, endMark);
    const given = typeof options === 'string' ? { start: options } : { ...options };
    return real.call(performance, name, 'duration' in given ? given : { end, ...given });
  });
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
