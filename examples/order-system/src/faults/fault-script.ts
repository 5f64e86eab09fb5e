import { type Clock, SystemClock } from '@holdfast/core';
import type { DisturbedSystem } from './disturbed-system.ts';

export type FaultEvent =
  | { readonly type: 'transport-down' }
  | { readonly type: 'transport-up'; readonly afterMs: number; readonly ordersMeanwhile: number }
  | { readonly type: 'relay-killed'; readonly unrecorded: number };

export interface FaultScriptOptions {
  readonly system: DisturbedSystem;
  /** How many orders will be placed: the faults come at a third and at two thirds of them. */
  readonly orderCount: number;
  readonly onEvent: (event: FaultEvent) => void;
  /** Ends what is going on. */
  readonly signal: AbortSignal;
  /** @default the system's clock */
  readonly clock?: Clock;
}

export const OUTAGE_MS = 1_000;

/** How long the relay gets no answers before it is killed: those that were on their way are recorded by then. */
export const SILENCE_MS = 150;

/** Longest wait for messages to arrive whose answers are lost, and for the relay to send again after the outage. */
export const PATIENCE_MS = 5_000;

const LOOK_EVERY_MS = 20;

/**
 * What goes wrong in a run, and when: the transport is down for a second, and the relay is killed at the worst moment,
 * when the broker has taken messages and the relay has not heard of it yet.
 */
export class FaultScript {
  readonly #options: FaultScriptOptions;
  readonly #clock: Clock;
  readonly #outageAt: number;
  readonly #killAt: number;
  #placed = 0;
  #outage: Promise<void> | null = null;
  #unsentAfterOutage = 0;
  #kill: Promise<void> | null = null;
  #holdsOrders = false;
  #wasKilledAtWorst = false;
  #unrecordedCount = 0;

  constructor(options: FaultScriptOptions) {
    this.#options = options;
    this.#clock = options.clock ?? new SystemClock();
    this.#outageAt = Math.floor(options.orderCount / 3);
    this.#killAt = Math.floor((options.orderCount * 2) / 3);
  }

  /** Whether everything happened as it was meant to; with no orders there is nothing to disturb. */
  get isDone(): boolean {
    return this.#options.orderCount === 0 || this.#wasKilledAtWorst;
  }

  /** Messages that had arrived when the relay was killed, and that it had not recorded: the next one sends them again. */
  get unrecordedCount(): number {
    return this.#unrecordedCount;
  }

  /** How many orders were placed; begins what is due by then. */
  placed(count: number): void {
    this.#placed = count;
    if (this.#options.orderCount === 0) return;
    if (count >= this.#outageAt) this.#outage ??= begun(this.#takeTransportDown());
    if (count >= this.#killAt) this.#kill ??= begun(this.#killRelay());
  }

  /** How many orders may be placed before the next fault is due. */
  get ordersUntilNextFault(): number {
    if (this.#holdsOrders) return 0;
    const next = [this.#outageAt, this.#killAt].find((at) => at > this.#placed);
    return (next ?? Number.POSITIVE_INFINITY) - this.#placed;
  }

  /** Resolves when both faults are over. Rejects when one could not be caused. */
  async settle(): Promise<void> {
    await this.#outage;
    await this.#kill;
  }

  async #takeTransportDown(): Promise<void> {
    const { system, onEvent, signal } = this.#options;
    const placedBefore = this.#placed;
    const since = this.#clock.monotonic();
    await system.setAvailable(false);
    onEvent({ type: 'transport-down' });
    // Aborted: the run ends, and the transport comes up to let it.
    await this.#clock.sleep(OUTAGE_MS, signal);
    // With few orders the next one comes later than that, and it is to come while the transport is down.
    while (this.#placed === placedBefore && !signal.aborted) await this.#clock.sleep(LOOK_EVERY_MS, signal);
    this.#unsentAfterOutage = await system.unsentCount();
    await system.setAvailable(true);
    const afterMs = this.#clock.monotonic() - since;
    onEvent({ type: 'transport-up', afterMs, ordersMeanwhile: this.#placed - placedBefore });
  }

  async #killRelay(): Promise<void> {
    const { system, orderCount, onEvent, signal } = this.#options;
    // What comes after this is sent without an answer, so the last orders wait for it. Of a single one the outage needs it.
    this.#holdsOrders = orderCount > 1;
    try {
      await this.#outage;
      if (this.#placed < orderCount) await this.#untilRelayFlows();
      system.loseAnswers();
    } finally {
      this.#holdsOrders = false;
    }
    const isWorst = await this.#untilWorstMoment();
    if (signal.aborted) return;
    this.#unrecordedCount = await system.unrecordedCount();
    onEvent({ type: 'relay-killed', unrecorded: this.#unrecordedCount });
    await system.killRelay();
    this.#wasKilledAtWorst = isWorst;
  }

  /** After an outage the relay sends a single message first. Without its answer it would send nothing else. */
  async #untilRelayFlows(): Promise<void> {
    const { system } = this.#options;
    await this.#until(async () => {
      const unsent = await system.unsentCount();
      return unsent === 0 || unsent < this.#unsentAfterOutage;
    });
  }

  /** Whether it came: messages arrived and their answers did not. It also has when nothing is left that could. */
  #untilWorstMoment(): Promise<boolean> {
    const { system, orderCount } = this.#options;
    const since = this.#clock.monotonic();
    return this.#until(async () => {
      if (this.#clock.monotonic() - since < SILENCE_MS) return false;
      if ((await system.unrecordedCount()) > 0) return true;
      return this.#placed >= orderCount && (await system.unsentCount()) === 0;
    });
  }

  /** Whether it became so before patience ended. */
  async #until(isSo: () => Promise<boolean>): Promise<boolean> {
    const since = this.#clock.monotonic();
    while (!this.#options.signal.aborted && this.#clock.monotonic() - since < PATIENCE_MS) {
      if (await isSo()) return true;
      await this.#clock.sleep(LOOK_EVERY_MS, this.#options.signal);
    }
    return false;
  }
}

/** Its failure is told by `settle()`. */
function begun(fault: Promise<void>): Promise<void> {
  fault.catch(() => {});
  return fault;
}
