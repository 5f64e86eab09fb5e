import { type Clock, SystemClock } from '@holdfast/core';
import type { DisturbedSystem } from './disturbed-system.ts';
import { untilPatienceEnds } from './until-patience-ends.ts';

export type FaultEvent =
  | { readonly type: 'transport-down' }
  | { readonly type: 'transport-up'; readonly afterMs: number; readonly ordersMeanwhile: number }
  /** `unaware`: the broker had taken a message, and the relay did not know it. */
  | { readonly type: 'relay-killed'; readonly unaware: boolean };

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

/** How long the relay lives without answers: what it sends meanwhile is taken, too. */
export const SILENCE_MS = 150;

/** Longest wait for a message to be taken whose answer is lost, and for the relay to send again after the outage. */
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
    let isWorst = false;
    try {
      await this.#outage;
      if (this.#placed < orderCount) await this.#untilRelayFlows();
      system.loseAnswers().then(
        () => {
          isWorst = true;
        },
        () => {},
      );
    } finally {
      this.#holdsOrders = false;
    }
    await this.#until(async () => isWorst || (await this.#isNothingLeft()));
    await this.#clock.sleep(SILENCE_MS, signal);
    if (signal.aborted) return;
    onEvent({ type: 'relay-killed', unaware: isWorst });
    this.#wasKilledAtWorst = isWorst || (await this.#isNothingLeft());
    await system.killRelay();
  }

  /** After an outage the relay sends a single message first. Without its answer it would send nothing else. */
  async #untilRelayFlows(): Promise<void> {
    const { system } = this.#options;
    await this.#until(async () => {
      const unsent = await system.unsentCount();
      return unsent === 0 || unsent < this.#unsentAfterOutage;
    });
  }

  /** The last orders were refused, for example: there is no message whose answer could get lost. */
  async #isNothingLeft(): Promise<boolean> {
    const { system, orderCount } = this.#options;
    return this.#placed >= orderCount && (await system.unsentCount()) === 0;
  }

  #until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    const { signal } = this.#options;
    return untilPatienceEnds(isSo, { clock: this.#clock, signal, patienceMs: PATIENCE_MS, lookEveryMs: LOOK_EVERY_MS });
  }
}

/** Its failure is told by `settle()`. */
function begun(fault: Promise<void>): Promise<void> {
  fault.catch(() => {});
  return fault;
}
