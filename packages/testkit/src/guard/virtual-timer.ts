import type { SimulatedEvent } from '../kernel/event-queue.ts';
import { currentSimulation } from '../kernel/process-context.ts';
import type { Simulation } from '../kernel/simulation.ts';
import { strayErrorIn } from './stray-errors.ts';

export interface VirtualTimerOptions {
  readonly simulation: Simulation;
  readonly ms: number;
  readonly repeats: boolean;
  readonly fire: () => unknown;
  /** For reports of what was left. @default 'a timer' */
  readonly label?: string;
}

/** What Node makes of longer ones, as of those that are no number. */
const MOST_MS = 2_147_483_647;
/** Numbers of real timers are far below. */
const FIRST_NUMBER = 1_000_000_000;
/** Of each run: a number that another run has counted up would be another one the next time. */
const byRun = new WeakMap<Simulation, Map<number, VirtualTimer>>();
const counts = new WeakMap<Simulation, number>();

/** A `Timeout` or `Immediate` of Node in virtual time. */
export class VirtualTimer {
  readonly #options: VirtualTimerOptions;
  #event: SimulatedEvent | null = null;
  #hasRef = true;
  #number = 0;

  constructor(options: VirtualTimerOptions) {
    this.#options = options;
    this.#start();
  }

  /** The timer behind what `clearTimeout` was given. */
  static of(timer: unknown): VirtualTimer | undefined {
    if (timer instanceof VirtualTimer) return timer;
    const simulation = typeof timer === 'number' || typeof timer === 'string' ? currentSimulation() : null;
    return simulation === null ? undefined : byRun.get(simulation)?.get(Number(timer));
  }

  close(): this {
    if (this.#event !== null) this.#event.cancelled = true;
    this.#event = null;
    if (this.#number !== 0) byRun.get(this.#options.simulation)?.delete(this.#number);
    return this;
  }

  refresh(): this {
    if (this.#event !== null) this.#event.cancelled = true;
    this.#start();
    return this;
  }

  ref(): this {
    this.#hasRef = true;
    return this;
  }

  unref(): this {
    this.#hasRef = false;
    return this;
  }

  hasRef(): boolean {
    return this.#hasRef;
  }

  [Symbol.toPrimitive](): number {
    if (this.#number === 0) {
      const { simulation } = this.#options;
      const number = (counts.get(simulation) ?? FIRST_NUMBER) + 1;
      counts.set(simulation, number);
      this.#number = number;
      const numbered = byRun.get(simulation) ?? new Map<number, VirtualTimer>();
      byRun.set(simulation, numbered.set(number, this));
    }
    return this.#number;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #start(): void {
    const { simulation, ms, label } = this.#options;
    const pause = ms >= 1 && ms <= MOST_MS ? Math.trunc(ms) : 1;
    let event: SimulatedEvent | undefined;
    const due = new Promise<void>((resolve) => {
      event = simulation.timer(ms === IMMEDIATELY ? 0 : pause, resolve, label);
      this.#event = event;
    });
    // A promise goes on in the context of whoever waits, also of other stores than ours, as a timer of Node does.
    void due.then(() => {
      if (this.#event === event) this.#fire();
    });
  }

  #fire(): void {
    const { fire, repeats, simulation } = this.#options;
    if (repeats) this.#start();
    else this.close();
    try {
      fire();
    } catch (error) {
      strayErrorIn(simulation, error);
    }
  }
}

/** The pause of `setImmediate`. */
export const IMMEDIATELY = -1;
