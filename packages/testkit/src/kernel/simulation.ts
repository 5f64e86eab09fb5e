import { type Clock, type Ids, type Random, UuidV7Ids } from '@holdfast/core';
import type { Fault, FaultKind } from '../faults/fault.ts';
import { type FaultSource, noFaults, siteAddress } from '../faults/fault-source.ts';
import { EventQueue, type SimulatedEvent } from './event-queue.ts';
import type { Incarnation } from './incarnation.ts';
import { type IoSite, ioFaults, type PointSite } from './io-site.ts';
import { chanceOf, hashText, mix } from './mix.ts';
import { Network } from './network.ts';
import type { Problem } from './problem.ts';
import { currentProcess } from './process-context.ts';
import { ProcessKilledError } from './process-killed-error.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { SimulatedFaultError } from './simulated-fault-error.ts';
import { SimulatedRandom } from './simulated-random.ts';
import { StepLimitError } from './step-limit-error.ts';
import { Trace, type TraceEntry } from './trace.ts';

export interface SimulationOptions {
  /** A 32-bit number. The same seed and faults give the same run for ever. */
  readonly seed: number;
  /** @default nothing goes wrong */
  readonly faults?: FaultSource;
  /** Keeps every event, for reports. @default false */
  readonly record?: boolean;
  /** Longest time that an I/O takes, in virtual milliseconds. @default 1, 5, 20 or 60, by the seed */
  readonly latencyMs?: number;
  /** @default 500_000 */
  readonly maxSteps?: number;
}

/** Why a run ended: nothing is left to happen, what was waited for is there, or the time is over. */
export type RunEnd = 'idle' | 'reached' | 'over';

const LATENCIES_MS = [1, 5, 20, 60];
/** A pause without a length. Time must pass in every loop. */
const LEAST_SLEEP_MS = 0.01;
const DEFAULT_PAUSE_MS = 5_000;

// Taken when loaded, before anything guards them.
const nextTurn = globalThis.setImmediate;

/**
 * Virtual time, and everything that can happen in it, one thing at a time. Every I/O of a simulated process is an event at a moment that
 * the seed decides; between two events all code runs until it waits for another one. So which I/O ends when is all that can differ between two runs
 * of one program, and the seed decides that. (After FoundationDB's simulator: W. Wilson, "Testing Distributed Systems w/ Deterministic
 * Simulation", Strange Loop 2014.)
 */
export class Simulation {
  readonly seed: number;
  readonly trace: Trace;
  readonly clock: Clock;
  readonly random: Random;
  readonly network = new Network();
  /** Conditions that were met, and how often. */
  readonly seen = new Map<string, number>();
  /** What is wrong with the run, whatever its checks say. */
  readonly problems: Problem[] = [];
  /** Faults that happened. */
  readonly happened: Fault[] = [];
  readonly #faults: FaultSource;
  readonly #latencyMs: number;
  readonly #maxSteps: number;
  readonly #queue = new EventQueue();
  readonly #counts = new Map<string, Map<string, number>>();
  readonly #clockJumps = new Map<string, number>();
  readonly #ids = new Map<Incarnation | null, Ids>();
  #now = 0;
  #order = 0;
  #steps = 0;
  #faultsOn = false;
  /** Ends a process. Set by whoever knows them. */
  onKill: (incarnation: Incarnation, how: string) => void = (incarnation) => incarnation.end();

  constructor({ seed, faults = noFaults, record = false, latencyMs, maxSteps = 500_000 }: SimulationOptions) {
    this.seed = seed >>> 0;
    this.#faults = faults;
    this.#latencyMs = latencyMs ?? LATENCIES_MS[mix(this.seed, 0x4c61) % LATENCIES_MS.length] ?? 1;
    this.#maxSteps = maxSteps;
    this.trace = new Trace(record);
    this.clock = new SimulatedClock(this);
    this.random = new SimulatedRandom(this.seed);
  }

  /** Virtual milliseconds since the start. */
  get now(): number {
    return this.#now;
  }

  /** Events so far. */
  get steps(): number {
    return this.#steps;
  }

  get faultsOn(): boolean {
    return this.#faultsOn;
  }

  /** Ids of the process whose code asks. */
  get ids(): Ids {
    const incarnation = currentProcess()?.incarnation ?? null;
    let ids = this.#ids.get(incarnation);
    if (ids === undefined) {
      ids = new UuidV7Ids({ clock: this.clock, random: this.random });
      this.#ids.set(incarnation, ids);
    }
    return ids;
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
    const occurrence = this.#count(incarnation.process, site.label);
    const place = { place: incarnation.process, label: site.label, occurrence };
    const fault = this.faultAt(place.place, site.label, { occurrence, kinds: site.kinds ?? ioFaults });
    const latency = this.#latency(place.place, site.label, occurrence);
    const outlives = site.outlivesSender === true && latency.coin;
    return new Promise((resolve, reject) => {
      const call: IoCall<Result> = { site, effect, incarnation, fault, resolve, reject, answerMs: latency.answerMs };
      const { lane } = site;
      const at = lane === undefined ? this.#now + latency.ms : Math.max(this.#now + latency.ms, lane.lastAt);
      if (lane !== undefined) lane.lastAt = at;
      this.#push({ at, owner: outlives ? null : incarnation, inside: false, fire: () => this.#perform(call) });
    });
  }

  /** A synchronous I/O, of a driver that does not wait: it happens now, or a fault does. @throws ProcessKilledError */
  point<Result>(site: PointSite, effect: () => Result): Result {
    const context = currentProcess();
    if (context === null) return effect();
    const { incarnation } = context;
    if (!incarnation.isAlive) throw new ProcessKilledError(incarnation.process);
    const { process } = incarnation;
    const occurrence = this.#count(process, site.label);
    const fault = this.faultAt(process, site.label, { occurrence, kinds: site.kinds ?? ioFaults });
    if (fault === null) return this.#note(incarnation, site, effect);
    if (fault.kind === 'error-before') throw errorBefore(site);
    if (fault.kind !== 'crash-before') {
      if (fault.kind === 'pause') incarnation.pausedUntil = this.#now + (fault.ms ?? DEFAULT_PAUSE_MS);
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
        resolve();
      };
      const event = this.after(ms, wake);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }

  /** Has something happen later, in the process whose code calls, or outside of all. Set `cancelled` to take it back. */
  after(ms: number, fire: () => void): SimulatedEvent {
    const owner = currentProcess()?.incarnation ?? null;
    const at = this.#now + Math.max(LEAST_SLEEP_MS, Number.isFinite(ms) ? ms : Number.MAX_SAFE_INTEGER);
    return this.#push({ at, owner, inside: true, fire });
  }

  /** Asks whether something goes wrong at a place, and notes it. Places of the world count by themselves when no `occurrence` is given. */
  faultAt(
    place: string,
    label: string,
    {
      kinds,
      occurrence = this.#count(place, label),
    }: { readonly kinds: readonly FaultKind[]; readonly occurrence?: number },
  ): Fault | null {
    if (!this.#faultsOn || kinds.length === 0) return null;
    const site = { place, label, occurrence, kinds };
    const fault = this.#faults.at(site);
    if (fault === null) return null;
    this.happened.push(fault);
    this.tell({ kind: 'fault', place, label, note: `${fault.kind} at ${siteAddress(site)}` });
    return fault;
  }

  /** A condition has been met that a campaign wants to have seen. */
  see(condition: string): void {
    this.seen.set(condition, (this.seen.get(condition) ?? 0) + 1);
    this.tell({ kind: 'seen', place: currentProcess()?.incarnation.process ?? '', label: condition });
  }

  /** Something is wrong: the run has failed. */
  problem(check: string, message: string): void {
    this.problems.push({ check, message });
  }

  tell(entry: Omit<TraceEntry, 'at'>): void {
    this.trace.add({ ...entry, at: this.#now });
  }

  clockJumpOf(process: string): number {
    return this.#clockJumps.get(process) ?? 0;
  }

  jumpClock(process: string, ms: number): void {
    this.#clockJumps.set(process, this.clockJumpOf(process) + ms);
  }

  /** What would still happen in an incarnation: its timers and I/O. */
  pendingOf(incarnation: Incarnation): number {
    let pending = 0;
    for (const { owner, cancelled } of this.#queue) if (owner === incarnation && !cancelled) pending += 1;
    return pending;
  }

  /** Lets things happen until the condition holds (looked at after each), nothing is left, or the virtual time is there. */
  async runUntil(reached: () => boolean, untilMs: number): Promise<RunEnd> {
    for (;;) {
      // All microtasks end before it, so whatever waits then, waits for an event.
      await new Promise((resolve) => nextTurn(resolve));
      if (reached()) return 'reached';
      const event = this.#next();
      if (event === undefined) return 'idle';
      if (event.at > untilMs) {
        this.#now = Math.max(this.#now, untilMs);
        return 'over';
      }
      this.#queue.pop();
      this.#now = Math.max(this.#now, event.at);
      this.#steps += 1;
      if (this.#steps > this.#maxSteps) throw new StepLimitError(this.#maxSteps, this.#busiest());
      event.fire();
    }
  }

  /** The first event that can happen; what cannot any more is thrown away, what must wait is put back. */
  #next(): SimulatedEvent | undefined {
    for (let event = this.#queue.first; event !== undefined; event = this.#queue.first) {
      const { owner, inside } = event;
      const isGone = event.cancelled || (owner !== null && !owner.isAlive);
      const waits = !isGone && inside && owner !== null && owner.pausedUntil > event.at;
      if (!isGone && !waits) return event;
      this.#queue.pop();
      if (waits && owner !== null) {
        event.at = owner.pausedUntil;
        this.#queue.push(event);
      }
    }
    return undefined;
  }

  #perform<Result>(call: IoCall<Result>): void {
    const { site, fault, incarnation } = call;
    const kind = fault?.kind;
    if (!incarnation.isAlive) {
      // It was on its way when the sender died.
      void attempt(call.effect).catch(() => {});
      return;
    }
    if (kind === 'crash-before') return this.onKill(incarnation, `crash-before ${site.label}`);
    if (kind === 'error-before') return this.#answer(call, () => call.reject(errorBefore(site)));
    const { server } = site;
    if (server !== undefined && this.network.isDown(server))
      return this.#answer(call, () => call.reject(errorBefore(site)));
    if (server !== undefined && this.network.isCut(incarnation.process, server)) return this.#timeOut(call);
    if (kind === 'pause') incarnation.pausedUntil = this.#now + (fault?.ms ?? DEFAULT_PAUSE_MS);
    attempt(call.effect).then(
      (result) => {
        this.#tellIo('io', incarnation, site);
        if (kind === 'crash-after') this.onKill(incarnation, `crash-after ${site.label}`);
        else if (kind === 'error-after') this.#answer(call, () => call.reject(errorAfter(site)));
        else this.#answer(call, () => call.resolve(result));
      },
      (error) => {
        this.#tellIo('failed', incarnation, site);
        if (kind === 'crash-after') this.onKill(incarnation, `crash-after ${site.label}`);
        else this.#answer(call, () => call.reject(error));
      },
    );
  }

  /** Hands the outcome to the caller: later when the answer travels, or the caller sleeps. */
  #answer<Result>(call: IoCall<Result>, settle: () => void): void {
    const { site, incarnation } = call;
    const { server } = site;
    const travelMs = site.answers === true ? call.answerMs : 0;
    if (travelMs === 0 && incarnation.pausedUntil <= this.#now) return settle();
    const arrive = () => {
      if (server !== undefined && this.network.isCut(incarnation.process, server)) this.#timeOut(call);
      else settle();
    };
    this.#push({ at: this.#now + travelMs, owner: incarnation, inside: true, fire: arrive });
  }

  #timeOut<Result>({ site, incarnation, reject }: IoCall<Result>): void {
    const at = this.#now + (site.timeoutMs ?? 1_000);
    this.#push({ at, owner: incarnation, inside: true, fire: () => reject(errorAfter(site)) });
  }

  #note<Result>(incarnation: Incarnation, site: PointSite, effect: () => Result): Result {
    try {
      const result = effect();
      this.#tellIo('io', incarnation, site);
      return result;
    } catch (error) {
      this.#tellIo('failed', incarnation, site);
      throw error;
    }
  }

  #tellIo(kind: 'io' | 'failed', { process, number }: Incarnation, { label, messages = [] }: PointSite): void {
    this.trace.add({ at: this.#now, kind, place: process, life: number, label, messages });
  }

  #push(event: Pick<SimulatedEvent, 'at' | 'owner' | 'inside' | 'fire'>): SimulatedEvent {
    this.#order += 1;
    const pushed = { ...event, order: this.#order, cancelled: false };
    this.#queue.push(pushed);
    return pushed;
  }

  /** By the address alone: a fault that is taken out of a plan changes no latency of what it did not touch. */
  #latency(place: string, label: string, occurrence: number) {
    const address = mix(mix(mix(this.seed, hashText(place)), hashText(label)), occurrence);
    // Never nothing: what takes no time cannot be overtaken.
    const ms = 0.05 + chanceOf(address, 1) * this.#latencyMs;
    const answerMs = 0.05 + chanceOf(address, 2) * this.#latencyMs;
    return { ms, answerMs, coin: chanceOf(address, 3) < 0.5 };
  }

  #count(place: string, label: string): number {
    let labels = this.#counts.get(place);
    if (labels === undefined) {
      labels = new Map();
      this.#counts.set(place, labels);
    }
    const count = (labels.get(label) ?? 0) + 1;
    labels.set(label, count);
    return count;
  }

  #busiest(): string {
    const all = [...this.#counts].flatMap(([place, labels]) =>
      [...labels].map(([label, count]) => ({ name: `${place}/${label}`, count })),
    );
    return all.sort((a, b) => b.count - a.count)[0]?.name ?? 'a pause';
  }
}

interface IoCall<Result> {
  readonly site: IoSite;
  readonly effect: () => Result | Promise<Result>;
  readonly incarnation: Incarnation;
  readonly fault: Fault | null;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
  readonly answerMs: number;
}

function attempt<Result>(effect: () => Result | Promise<Result>): Promise<Result> {
  return new Promise((resolve) => resolve(effect()));
}

function errorBefore({ label, errorBefore }: PointSite): unknown {
  return errorBefore?.() ?? new SimulatedFaultError(label, false);
}

function errorAfter({ label, errorAfter }: PointSite): unknown {
  return errorAfter?.() ?? new SimulatedFaultError(label, true);
}
