import { EventQueue, type SimulatedEvent } from './event-queue.ts';
import { ForeignCalls } from './foreign-calls.ts';
import type { Incarnation } from './incarnation.ts';

/** Why a run ended: nothing is left to happen, what was waited for is there, or the time is over. */
export type RunEnd = 'idle' | 'reached' | 'over';

/** How often the event loop of Node gets a turn, so that it can tell of unhandled rejections, and nothing else starves. */
const STEPS_PER_TURN = 32;

/** Label of what nobody can take back, so that it is no sign of anything when it is left. */
export const SIGNAL_TIME_OUT = 'AbortSignal.timeout';
/** Label of what a paused process hears of when it wakes, which is nothing that it has left. */
export const WAKE = 'its wake from a pause';
const notLeft: ReadonlySet<string> = new Set([SIGNAL_TIME_OUT, WAKE]);

// Taken when loaded, before anything guards them.
const nextTick = process.nextTick;
const nextTurn = globalThis.setImmediate;

/** Virtual time and what will happen in it. */
export class Timeline {
  /** Real work that must be over before anything else happens. */
  readonly foreign = new ForeignCalls();
  readonly #queue = new EventQueue();
  readonly #maxSteps: number;
  readonly #onStep: () => void;
  readonly #onLimit: (steps: number) => never;
  #now = 0;
  #order = 0;
  #steps = 0;
  #isRunning = false;
  #needsTurn = false;

  constructor(options: { maxSteps: number; onStep: () => void; onLimit: (steps: number) => never }) {
    this.#maxSteps = options.maxSteps;
    this.#onStep = options.onStep;
    this.#onLimit = options.onLimit;
  }

  /** Virtual milliseconds since the start. */
  get now(): number {
    return this.#now;
  }

  /** Events so far. */
  get steps(): number {
    return this.#steps;
  }

  /** Whether virtual time goes on by itself. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  schedule(event: Pick<SimulatedEvent, 'at' | 'owner' | 'inside' | 'label' | 'fire'>): SimulatedEvent {
    this.#order += 1;
    const { at, owner, inside, label, fire } = event;
    const scheduled = { at, order: this.#order, owner, inside, label, cancelled: false, fire };
    this.#queue.push(scheduled);
    return scheduled;
  }

  /** Something was put off to the end of the running code that only a turn of the event loop of Node reaches for sure. */
  askForTurn(): void {
    this.#needsTurn = true;
  }

  /** Lets everything go on that can without an event, and Node tell of what went uncaught. */
  turn(): Promise<void> {
    this.#needsTurn = true;
    return this.#drain();
  }

  /** What would still happen in an incarnation: its timers and I/O. */
  pendingOf(incarnation: Incarnation): SimulatedEvent[] {
    return [...this.#queue].filter(
      ({ owner, cancelled, label }) => owner === incarnation && !cancelled && !notLeft.has(label),
    );
  }

  /** Lets things happen until the condition holds (looked at after each), nothing is left, or the virtual time is there. */
  async runUntil(reached: () => boolean, untilMs: number): Promise<RunEnd> {
    this.#isRunning = true;
    try {
      await this.turn();
      for (;;) {
        while (this.foreign.areWaitedFor) await this.#settleForeign();
        this.#onStep();
        if (reached()) return 'reached';
        const event = this.#next() ?? (await this.#nextAfterTurn());
        if (event === undefined) return 'idle';
        if (event.at > untilMs) {
          this.#now = Math.max(this.#now, untilMs);
          return 'over';
        }
        this.#happen(event);
        await this.#drain();
      }
    } finally {
      this.#isRunning = false;
    }
  }

  /** All promises that can go on have gone on afterwards, so whatever waits then, waits for an event. */
  #drain(): Promise<void> {
    if (!this.#needsTurn && this.#steps % STEPS_PER_TURN !== 0) return new Promise((resolve) => nextTick(resolve));
    this.#needsTurn = false;
    return new Promise((resolve) => nextTurn(resolve));
  }

  async #nextAfterTurn(): Promise<SimulatedEvent | undefined> {
    await this.turn();
    if (this.foreign.size > 0) await this.#settleForeign('all');
    return this.#next();
  }

  async #settleForeign(what?: 'all'): Promise<void> {
    await this.foreign.settle(what);
    await this.turn();
  }

  #happen(event: SimulatedEvent): void {
    this.#queue.pop();
    this.#now = Math.max(this.#now, event.at);
    this.#steps += 1;
    if (this.#steps > this.#maxSteps) this.#onLimit(this.#maxSteps);
    event.fire();
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
}
