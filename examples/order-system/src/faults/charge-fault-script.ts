import { type Clock, SystemClock } from '@holdfast/core';
import type { ChargingSystem } from './charging-system.ts';
import { untilPatienceEnds } from './until-patience-ends.ts';

export type ChargeFaultEvent =
  /** `unaware`: it had charged, and nobody had been told. */
  | { readonly type: 'provider-killed'; readonly unaware: boolean }
  /** `paying`: how many messages it was working on. */
  | { readonly type: 'payment-killed'; readonly paying: number };

export interface ChargeFaultScriptOptions {
  readonly system: ChargingSystem;
  /** How many orders will be placed: the faults come at half and at five sixths of them. */
  readonly orderCount: number;
  readonly onEvent: (event: ChargeFaultEvent) => void;
  /** Ends what is going on. */
  readonly signal: AbortSignal;
  /** @default the system's clock */
  readonly clock?: Clock;
}

/** How long the provider lives without answering: what it is asked meanwhile is charged, too. */
export const SILENCE_MS = 100;

/** Longest wait for a charge to disturb: longer than an outage of the transport. */
export const PATIENCE_MS = 15_000;

const LOOK_EVERY_MS = 5;

/**
 * What goes wrong between the payment service and the provider: the provider is killed when it has charged and nobody has been
 * told, and then the payment service is killed while it waits for answers.
 */
export class ChargeFaultScript {
  readonly #options: ChargeFaultScriptOptions;
  readonly #clock: Clock;
  #placed = 0;
  #faults: Promise<void> | null = null;
  #providerDied = false;
  #paymentDied = false;

  constructor(options: ChargeFaultScriptOptions) {
    this.#options = options;
    this.#clock = options.clock ?? new SystemClock();
  }

  /** Whether everything happened as it was meant to; without orders there is nothing to disturb. */
  get isDone(): boolean {
    return this.#options.orderCount === 0 || (this.#providerDied && this.#paymentDied);
  }

  /** How many orders were placed; begins what is due by then. */
  placed(count: number): void {
    this.#placed = count;
    if (this.#options.orderCount === 0 || count < this.#share(1 / 2)) return;
    if (this.#faults !== null) return;
    this.#faults = this.#disturb();
    // Its failure is told by `settle()`.
    this.#faults.catch(() => {});
  }

  /** Resolves when both faults are over. Rejects when one could not be caused. */
  async settle(): Promise<void> {
    await this.#faults;
  }

  async #disturb(): Promise<void> {
    await this.#killProvider();
    await this.#until(() => this.#placed >= this.#share(5 / 6));
    await this.#killPayment();
  }

  async #killProvider(): Promise<void> {
    const { system, onEvent, signal } = this.#options;
    let unaware = false;
    system.withholdAnswers().then(
      () => {
        unaware = true;
      },
      () => {},
    );
    await this.#until(() => unaware || this.#isNothingLeft());
    await this.#clock.sleep(SILENCE_MS, signal);
    if (signal.aborted) return;
    this.#providerDied = unaware || this.#isNothingLeft();
    onEvent({ type: 'provider-killed', unaware });
    await system.killProvider();
  }

  async #killPayment(): Promise<void> {
    const { system, onEvent, signal } = this.#options;
    await this.#until(() => system.payingCount() > 0 || this.#isNothingLeft());
    if (signal.aborted) return;
    const paying = system.payingCount();
    this.#paymentDied = paying > 0 || this.#isNothingLeft();
    onEvent({ type: 'payment-killed', paying });
    await system.killPayment();
  }

  /** The last orders were refused, for example: there is no charge whose answer could get lost. */
  #isNothingLeft(): boolean {
    return this.#placed >= this.#options.orderCount && this.#options.system.unpaidCount() === 0;
  }

  #share(share: number): number {
    return Math.floor(this.#options.orderCount * share);
  }

  #until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    const { signal } = this.#options;
    return untilPatienceEnds(isSo, { clock: this.#clock, signal, patienceMs: PATIENCE_MS, lookEveryMs: LOOK_EVERY_MS });
  }
}
