import { type Clock, type Ids, integerOption, type Random } from '@holdfast/core';
import type { Fault, FaultKind } from '../faults/fault.ts';
import { type FaultSource, noFaults, siteAddress } from '../faults/fault-source.ts';
import type { SimulatedEvent } from './event-queue.ts';
import type { ForeignWork } from './foreign-calls.ts';
import type { Incarnation } from './incarnation.ts';
import { Invariants } from './invariants.ts';
import { DEFAULT_PAUSE_MS, errorAfter, errorBefore, IoCall, type IoCallOptions } from './io-call.ts';
import { faultsOutside, type IoSite, ioFaults, type PointSite, wayFaults } from './io-site.ts';
import { mix } from './mix.ts';
import { Network } from './network.ts';
import type { Problem } from './problem.ts';
import { currentProcess, type OutsideContext, runInProcess, runOutside } from './process-context.ts';
import { ProcessKilledError } from './process-killed-error.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { SimulatedIds } from './simulated-ids.ts';
import { SimulatedRandom } from './simulated-random.ts';
import type { SimulationOptions } from './simulation-options.ts';
import { SiteCounts } from './site-counts.ts';
import { StepLimitError } from './step-limit-error.ts';
import { type RunEnd, Timeline } from './timeline.ts';
import { Trace, type TraceEntry } from './trace.ts';

const LATENCIES_MS = [1, 5, 20, 60];
/** A pause without a length. Time must pass in every loop. */
const LEAST_SLEEP_MS = 0.01;
const NO_MESSAGES: readonly string[] = [];

/**
 * Virtual time, and everything that can happen in it, one thing at a time. Every I/O of a simulated process is an event at a moment that
 * the seed decides; between two events all code runs until it waits for another one. So which I/O ends when is all that can differ between two runs
 * of one program, and the seed decides that. (After FoundationDB's simulator: W. Wilson, "Testing Distributed Systems w/ Deterministic
 * Simulation", Strange Loop 2014.)
 */
export class Simulation {
  readonly seed: number;
  /** Longest time that an I/O takes, in virtual milliseconds. */
  readonly latencyMs: number;
  readonly time: 'virtual' | 'refuse';
  readonly isStrict: boolean;
  readonly trace: Trace;
  readonly clock: Clock;
  readonly random: Random;
  /** Each process has its own. */
  readonly ids: Ids;
  readonly network = new Network();
  /** Where code of the run is that belongs to no process. */
  readonly outside: OutsideContext = { simulation: this, incarnation: null };
  /** Conditions that were met, and how often. */
  readonly seen = new Map<string, number>();
  /** What is wrong with the run, whatever its checks say. */
  readonly problems: Problem[] = [];
  /** Faults that happened. */
  readonly happened: Fault[] = [];
  /** I/O whose effect has begun and is not over. */
  readonly inFlight = new Set<Pick<IoCallOptions<never>, 'incarnation' | 'site'>>();
  readonly #faults: FaultSource;
  readonly #timeline: Timeline;
  readonly #counts: SiteCounts;
  readonly #clockJumps = new Map<string, number>();
  readonly #invariants = new Invariants(this);
  #faultsOn = false;
  /** Ends a process. Set by whoever knows them. */
  onKill: (incarnation: Incarnation, how: string) => void = (incarnation) => incarnation.end();

  constructor({ faults = noFaults, record = false, time = 'virtual', strict = false, ...options }: SimulationOptions) {
    this.seed = options.seed >>> 0;
    this.time = time;
    this.isStrict = strict;
    this.#faults = faults;
    this.latencyMs = options.latencyMs ?? LATENCIES_MS[mix(this.seed, 0x4c61) % LATENCIES_MS.length] ?? 1;
    this.trace = new Trace(record);
    this.clock = new SimulatedClock(this);
    this.random = new SimulatedRandom(this.seed);
    this.ids = new SimulatedIds(this);
    this.#counts = new SiteCounts(this.seed);
    this.#timeline = new Timeline({
      maxSteps: integerOption('maxSteps', options.maxSteps, { min: 1, default: 500_000 }),
      onStep: () => this.#invariants.look(),
      onLimit: (steps) => {
        throw new StepLimitError(steps, this.#counts.busiest ?? 'a pause');
      },
    });
  }

  /** Virtual milliseconds since the start. */
  get now(): number {
    return this.#timeline.now;
  }

  /** Events so far. */
  get steps(): number {
    return this.#timeline.steps;
  }

  /** Whether virtual time goes on by itself; not while a world is built or checked. */
  get isRunning(): boolean {
    return this.#timeline.isRunning;
  }

  get faultsOn(): boolean {
    return this.#faultsOn;
  }

  /** From here on things go wrong, or no longer. Outages and cut ways end with it. */
  letFaultsHappen(on: boolean): void {
    this.#faultsOn = on;
    if (!on) this.network.heal();
  }

  /**
   * An I/O of the process whose code calls: `effect` happens at a later moment, outside of every process, and its result is the promise's, unless a
   * fault says otherwise. In a process that is dead or dies meanwhile the promise never settles. Outside of a process it happens at once.
   */
  io<Result>(site: IoSite, effect: () => Result | Promise<Result>): Promise<Result> {
    const context = currentProcess();
    if (context === null) return new Promise((resolve) => resolve(effect()));
    const { incarnation } = context;
    if (!incarnation.isAlive) return new Promise(() => {});
    const counted = this.#counts.count(incarnation.process, site.label);
    let fault: Fault | null = null;
    if (this.#faultsOn) {
      const usual = site.server === undefined ? ioFaults : wayFaults;
      const kinds = incarnation.isOutside ? faultsOutside(site) : (site.kinds ?? usual);
      fault = this.faultAt(incarnation.process, site.label, { occurrence: counted.count, kinds });
    }
    const call = new IoCall({ simulation: this, timeline: this.#timeline, incarnation, site, counted, fault, effect });
    call.begin();
    return call.promise;
  }

  /** A synchronous I/O, of a driver that does not wait: it happens now, or a fault does. @throws ProcessKilledError */
  point<Result>(site: PointSite, effect: () => Result): Result {
    const context = currentProcess();
    if (context === null) return effect();
    const { incarnation } = context;
    if (!incarnation.isAlive) throw new ProcessKilledError(incarnation.process);
    const { process } = incarnation;
    const occurrence = this.#counts.count(process, site.label).count;
    const kinds = incarnation.isOutside ? faultsOutside(site) : (site.kinds ?? ioFaults);
    const fault = this.#faultsOn ? this.faultAt(process, site.label, { occurrence, kinds }) : null;
    if (fault === null) return this.#note(incarnation, site, effect);
    if (fault.kind === 'error-before') throw errorBefore(site);
    if (fault.kind !== 'crash-before') {
      if (fault.kind === 'pause') this.pause(incarnation, fault.ms ?? DEFAULT_PAUSE_MS);
      const result = this.#note(incarnation, site, effect);
      if (fault.kind === 'error-after') throw errorAfter(site);
      if (fault.kind !== 'crash-after') return result;
    }
    this.onKill(incarnation, `${fault.kind} ${site.label}`);
    throw new ProcessKilledError(process);
  }

  /** Resolves after so many virtual milliseconds, or when aborted. Never in a process that is dead by then. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const incarnation = currentProcess()?.incarnation ?? null;
    if (incarnation !== null && !incarnation.isAlive) return new Promise(() => {});
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        event.cancelled = true;
        signal?.removeEventListener('abort', wake);
        release?.();
        // A dead process does not wake, whoever aborts.
        if (incarnation === null || incarnation.isAlive) resolve();
      };
      const event = this.timer(ms, wake, 'a sleep');
      signal?.addEventListener('abort', wake, { once: true });
      const release = signal && incarnation?.onEnd(() => signal.removeEventListener('abort', wake));
    });
  }

  /** Has something happen later, in the process whose code calls, or outside of all. Set `cancelled` to take it back. */
  after(ms: number, fire: () => void): SimulatedEvent {
    const context = currentProcess();
    return this.timer(ms, context === null ? fire : () => runInProcess(context, fire));
  }

  /** The same, but what happens, happens outside of the process. It does not when that is dead. */
  timer(ms: number, fire: () => void, label = 'a timer'): SimulatedEvent {
    const owner = currentProcess()?.incarnation ?? null;
    // What is no number is no time, as for the system's clock.
    const at = this.now + (ms > LEAST_SLEEP_MS ? Math.min(ms, Number.MAX_SAFE_INTEGER) : LEAST_SLEEP_MS);
    return this.#timeline.schedule({ at, owner, inside: true, label, fire });
  }

  /** Nothing of it happens for a while: it does not wake, and gets no answer. What it has sent arrives. */
  pause(incarnation: Incarnation, ms: number): void {
    incarnation.pausedUntil = Math.max(incarnation.pausedUntil, this.now + ms);
  }

  /** Real work that nothing may overtake, e.g. the end of a real connection: nothing else happens until it is over, or says that it is blocked. */
  foreign<Result>(label: string, work: Promise<Result>, options?: ForeignWork): Promise<Result> {
    return this.#timeline.foreign.follow(work, label, options);
  }

  /** Asks whether something goes wrong at a place, and notes it. Places of the world count by themselves when no `occurrence` is given. */
  faultAt(
    place: string,
    label: string,
    { kinds, occurrence }: { readonly kinds: readonly FaultKind[]; readonly occurrence?: number },
  ): Fault | null {
    const number = occurrence ?? this.#counts.count(place, label).count;
    if (!this.#faultsOn || kinds.length === 0) return null;
    const site = { place, label, occurrence: number, kinds };
    const fault = this.#faults.at(site);
    if (fault === null) return null;
    this.happened.push(fault);
    this.tell({ kind: 'fault', place, label, note: `${fault.kind} at ${siteAddress(site)}` });
    return fault;
  }

  /** A condition has been met that a campaign wants to have seen. */
  see(condition: string): void {
    const context = currentProcess();
    // What runs in a dead process has not happened.
    if (context?.incarnation.isAlive === false) return;
    if (context === null && this.steps === 0 && !this.isRunning) {
      this.problem(
        'what is seen happens in the run',
        `"${condition}" was seen while the world was built, which is so in every run and shows nothing.`,
      );
      return;
    }
    this.seen.set(condition, (this.seen.get(condition) ?? 0) + 1);
    this.tell({ kind: 'seen', place: context?.incarnation.process ?? '', label: condition });
  }

  /** A rule that is looked at after each event, so it must be cheap. Returns what contradicts it. Told of once. */
  always(name: string, check: () => string | null): void {
    this.#invariants.add(name, check);
  }

  /** Something is wrong: the run has failed. */
  problem(check: string, message: string): void {
    this.problems.push({ check, message });
  }

  tell(entry: Omit<TraceEntry, 'at'>): void {
    this.trace.add({ ...entry, at: this.now });
  }

  tellIo(kind: 'io' | 'failed', { process, number }: Incarnation, { label, messages = NO_MESSAGES }: PointSite): void {
    this.trace.addIo(kind, { at: this.now, place: process, life: number, label, messages });
  }

  clockJumpOf(process: string): number {
    return this.#clockJumps.get(process) ?? 0;
  }

  jumpClock(process: string, ms: number): void {
    this.#clockJumps.set(process, this.clockJumpOf(process) + ms);
  }

  /** What has not happened yet in an incarnation: its timers and I/O, and when they are due. */
  pendingOf(incarnation: Incarnation): readonly string[] {
    const waiting = this.#timeline
      .pendingOf(incarnation)
      .map(({ label, at }) => `${label} (due in ${Math.ceil(at - this.now)} ms)`);
    const begun = [...this.inFlight].filter((call) => call.incarnation === incarnation);
    return [...waiting, ...begun.map(({ site }) => `${site.label} (begun, not over)`)];
  }

  /** Something was put off to the end of the running code in a way that only the event loop of Node ends. */
  askForTurn(): void {
    this.#timeline.askForTurn();
  }

  /** Lets things happen until the condition holds (looked at after each), nothing is left, or the virtual time is there. */
  runUntil(reached: () => boolean, untilMs: number): Promise<RunEnd> {
    return runOutside(this.outside, () => this.#timeline.runUntil(reached, untilMs));
  }

  /** Lets code that waits for no event go on, and Node tell of errors that nobody caught. */
  turn(): Promise<void> {
    return this.#timeline.turn();
  }

  #note<Result>(incarnation: Incarnation, site: PointSite, effect: () => Result): Result {
    try {
      const result = runInProcess(null, effect);
      this.tellIo('io', incarnation, site);
      return result;
    } catch (error) {
      this.tellIo('failed', incarnation, site);
      throw error;
    }
  }
}
