import type { Fault } from '../faults/fault.ts';
import { rememberOrigin } from './error-origins.ts';
import type { SimulatedEvent } from './event-queue.ts';
import type { Incarnation } from './incarnation.ts';
import type { IoSite, PointSite } from './io-site.ts';
import { chanceOf, mix } from './mix.ts';
import { runForReal } from './process-context.ts';
import { SimulatedFaultError } from './simulated-fault-error.ts';
import type { Simulation } from './simulation.ts';
import type { CountedSite } from './site-counts.ts';
import type { Timeline } from './timeline.ts';

export interface IoCallOptions<Result> {
  readonly simulation: Simulation;
  readonly timeline: Timeline;
  readonly incarnation: Incarnation;
  readonly site: IoSite;
  readonly counted: CountedSite;
  readonly fault: Fault | null;
  readonly effect: () => Result | Promise<Result>;
}

/** How long a process that is paused without a length sleeps, in virtual milliseconds. */
export const DEFAULT_PAUSE_MS = 5_000;
const DEFAULT_CUT_MS = 2_000;
/** What takes no time cannot be overtaken. */
const LEAST_LATENCY_MS = 0.05;

/** One asynchronous I/O of a process: its way to where it happens, the effect, and the answer's way back. */
export class IoCall<Result> {
  readonly promise: Promise<Result>;
  readonly #options: IoCallOptions<Result>;
  /** By the address alone: a fault that is taken out of a plan changes no latency of what it did not touch. */
  readonly #address: number;
  #resolve!: (result: Result) => void;
  #reject!: (error: unknown) => void;

  constructor(options: IoCallOptions<Result>) {
    this.#options = options;
    this.#address = mix(options.counted.hash, options.counted.count);
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = (error) => {
        rememberOrigin(error, options.incarnation);
        reject(error);
      };
    });
  }

  /** Sets off. */
  begin(): void {
    const { timeline, incarnation, site } = this.#options;
    const outlives = site.outlivesSender === true && chanceOf(this.#address, 3) < 0.5;
    let at = timeline.now + this.#latencyMs(1);
    const { lane } = site;
    if (lane !== undefined) {
      at = Math.max(at, lane.lastAt);
      lane.lastAt = at;
    }
    const owner = outlives ? null : incarnation;
    this.#later({ at, owner, inside: false, fire: () => this.#perform() });
  }

  #later(moment: Pick<SimulatedEvent, 'at' | 'owner' | 'inside' | 'fire'>): void {
    const { timeline, site } = this.#options;
    const { label, lane } = site;
    if (lane === undefined) {
      timeline.schedule({ ...moment, label });
      return;
    }
    const fire = () => {
      lane.remove(event);
      moment.fire();
    };
    const event = timeline.schedule({ ...moment, label, fire });
    lane.add(event);
  }

  #latencyMs(way: 1 | 2): number {
    return LEAST_LATENCY_MS + chanceOf(this.#address, way) * this.#options.simulation.latencyMs;
  }

  #perform(): void {
    const { simulation, incarnation, site, fault } = this.#options;
    if (!incarnation.isAlive) {
      this.#arriveOrphaned();
      return;
    }
    if (fault?.kind === 'crash-before') {
      simulation.onKill(incarnation, `crash-before ${site.label}`);
      return;
    }
    if (fault?.kind === 'partition') this.#cutTheWay(fault);
    if (fault?.kind === 'error-before' || this.#isDown()) this.#answer(() => this.#reject(errorBefore(site)));
    else if (this.#isCut()) this.#timeOut();
    else {
      if (fault?.kind === 'pause') simulation.pause(incarnation, fault.ms ?? DEFAULT_PAUSE_MS);
      this.#takeEffect(fault);
    }
  }

  #takeEffect(fault: Fault | null): void {
    let outcome: { readonly value: Result } | { readonly promise: Promise<Result> };
    try {
      outcome = outcomeOf(this.#effect());
    } catch (error) {
      this.#failed(fault, error);
      return;
    }
    if ('value' in outcome) {
      this.#succeeded(fault, outcome.value);
      return;
    }
    this.#options.simulation.inFlight.add(this.#options);
    outcome.promise.then(
      (value) => this.#succeeded(fault, value),
      (error) => this.#failed(fault, error),
    );
  }

  #effect(): Result | Promise<Result> {
    const { effect, site, timeline } = this.#options;
    if (site.foreign === undefined) return effect();
    const work = runForReal(async () => effect());
    return timeline.foreign.follow(work, site.label, site.foreign);
  }

  #succeeded(fault: Fault | null, result: Result): void {
    const { simulation, incarnation, site } = this.#options;
    simulation.inFlight.delete(this.#options);
    simulation.tellIo('io', incarnation, site);
    if (fault?.kind === 'crash-after' && incarnation.isAlive) {
      simulation.onKill(incarnation, `crash-after ${site.label}`);
    } else if (fault?.kind === 'error-after') this.#answer(() => this.#reject(errorAfter(site)));
    else this.#answer(() => this.#resolve(result));
  }

  #failed(fault: Fault | null, error: unknown): void {
    const { simulation, incarnation, site } = this.#options;
    simulation.inFlight.delete(this.#options);
    simulation.tellIo('failed', incarnation, site);
    if (fault?.kind === 'crash-after' && incarnation.isAlive) {
      simulation.onKill(incarnation, `crash-after ${site.label}`);
    } else this.#answer(() => this.#reject(error));
  }

  /** It was on its way when the sender died. */
  #arriveOrphaned(): void {
    const { simulation, incarnation, site } = this.#options;
    if (this.#isDown() || this.#isCut()) return;
    simulation.tellIo('io', incarnation, site);
    try {
      const outcome = outcomeOf(this.#effect());
      if ('promise' in outcome) outcome.promise.then(undefined, () => {});
    } catch {
      // Nobody is there to hear of it.
    }
  }

  /** Hands the outcome to the caller: later when the answer travels, or the caller sleeps; never when it is dead. */
  #answer(settle: () => void): void {
    const { site, incarnation, timeline } = this.#options;
    const travelMs = site.answers === true ? this.#latencyMs(2) : 0;
    if (travelMs === 0 && incarnation.pausedUntil <= timeline.now) {
      this.#end(settle);
      return;
    }
    const fire = () => {
      if (this.#isCut()) this.#timeOut();
      else this.#end(settle);
    };
    const at = timeline.now + travelMs;
    this.#later({ at, owner: incarnation, inside: true, fire });
  }

  #timeOut(): void {
    const { site, incarnation, timeline } = this.#options;
    const at = timeline.now + (site.timeoutMs ?? 1_000);
    const fire = () => this.#end(() => this.#reject(errorAfter(site)));
    this.#later({ at, owner: incarnation, inside: true, fire });
  }

  #end(settle: () => void): void {
    // Nothing of a dead process goes on: no catch, no finally.
    if (this.#options.incarnation.isAlive) settle();
  }

  #cutTheWay({ ms = DEFAULT_CUT_MS }: Fault): void {
    const { simulation, timeline, incarnation, site } = this.#options;
    const { server } = site;
    if (server === undefined) return;
    const { network } = simulation;
    network.cut(incarnation.process, server);
    const fire = () => network.mend(incarnation.process, server);
    timeline.schedule({ at: timeline.now + ms, owner: null, inside: false, label: 'mend', fire });
  }

  #isDown(): boolean {
    const { server } = this.#options.site;
    return server !== undefined && this.#options.simulation.network.isDown(server);
  }

  #isCut(): boolean {
    const { site, incarnation, simulation } = this.#options;
    return site.server !== undefined && simulation.network.isCut(incarnation.process, site.server);
  }
}

export function errorBefore({ label, errorBefore }: PointSite): unknown {
  return errorBefore?.() ?? new SimulatedFaultError(label, false);
}

export function errorAfter({ label, errorAfter }: PointSite): unknown {
  return errorAfter?.() ?? new SimulatedFaultError(label, true);
}

/** A thenable may settle twice, or throw; a promise of it does neither. */
function outcomeOf<Result>(
  result: Result | Promise<Result>,
): { readonly value: Result } | { readonly promise: Promise<Result> } {
  if (result instanceof Promise) return { promise: result };
  if ((typeof result !== 'object' && typeof result !== 'function') || result === null) return { value: result };
  if (!('then' in result) || typeof result.then !== 'function') return { value: result };
  return { promise: new Promise((resolve) => resolve(result)) };
}
