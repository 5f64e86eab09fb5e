import {
  type Clock,
  type Envelope,
  type Publisher,
  type PublishOptions,
  type Receipt,
  SystemClock,
} from '@holdfast/core';

export type FaultEvent =
  | { readonly type: 'transport-down' }
  | { readonly type: 'transport-up'; readonly afterMs: number; readonly ordersMeanwhile: number }
  | { readonly type: 'relay-killed'; readonly unrecorded: number };

export interface FaultScriptOptions {
  /** The broker as publisher, and its switch. */
  readonly broker: Publisher & { setAvailable(available: boolean): void };
  /** How many orders will be placed: the faults come at a third and at two thirds of them. */
  readonly orderCount: number;
  /** Kills the relay's process; resolves when it is dead. */
  readonly killRelay: () => Promise<void>;
  readonly onEvent: (event: FaultEvent) => void;
  /** Ends what is going on. */
  readonly signal: AbortSignal;
  /** @default the system's clock */
  readonly clock?: Clock;
}

export const OUTAGE_MS = 1_000;
const LOOK_EVERY_MS = 20;

/** How long the receipts stay away before the relay is killed. */
export const SILENCE_MS = 150;

/**
 * What goes wrong in a run, and when: the transport is down for a second, and the relay is killed at the worst moment,
 * when the broker has taken messages and the relay has not heard of it yet. Stands between the relay and the broker.
 */
export class FaultScript implements Publisher {
  readonly #options: FaultScriptOptions;
  readonly #clock: Clock;
  readonly #outageAt: number;
  readonly #killAt: number;
  #placed = 0;
  #outage: Promise<void> | null = null;
  #kill: 'to come' | 'armed' | 'done' = 'to come';
  #killing: Promise<void> | null = null;
  /** Messages that the broker has and the relay does not know of. */
  #unrecorded = 0;
  #isFlowing = true;

  constructor(options: FaultScriptOptions) {
    this.#options = options;
    this.#clock = options.clock ?? new SystemClock();
    this.#outageAt = Math.floor(options.orderCount / 3);
    this.#killAt = Math.floor((options.orderCount * 2) / 3);
  }

  /** Whether everything happened; with no orders there is nothing to disturb. */
  get isDone(): boolean {
    return this.#options.orderCount === 0 || (this.#outage !== null && this.#kill === 'done');
  }

  /** How many orders were placed; begins what is due by then. */
  placed(count: number): void {
    this.#placed = count;
    if (this.#options.orderCount === 0) return;
    if (count >= this.#outageAt) this.#outage ??= this.#takeTransportDown();
    if (count >= this.#killAt && this.#kill === 'to come') this.#kill = 'armed';
  }

  /** How many orders may be placed before the next fault is due. */
  get ordersUntilNextFault(): number {
    const next = [this.#outageAt, this.#killAt].find((at) => at > this.#placed);
    return (next ?? Number.POSITIVE_INFINITY) - this.#placed;
  }

  async publish(batch: readonly Envelope[], options?: PublishOptions): Promise<readonly Receipt[]> {
    const receipts = await this.#options.broker.publish(batch, options);
    const accepted = receipts.filter(({ outcome }) => outcome === 'accepted').length;
    // After an outage the relay sends a single message first. Without its receipt it would send nothing else.
    const isProbe = batch.length === 1 && !this.#isFlowing;
    if (accepted > 0) this.#isFlowing = true;
    if (this.#kill !== 'armed' || accepted === 0 || isProbe) return receipts;
    this.#unrecorded += accepted;
    this.#killing ??= this.#killRelay();
    await this.#killing;
    return receipts;
  }

  /** Resolves when the transport is up. */
  async settle(): Promise<void> {
    await this.#outage;
  }

  /** For a moment the broker takes messages and no receipt gets back; then the relay dies. */
  async #killRelay(): Promise<void> {
    const { onEvent, killRelay, signal } = this.#options;
    await this.#clock.sleep(SILENCE_MS, signal);
    this.#kill = 'done';
    onEvent({ type: 'relay-killed', unrecorded: this.#unrecorded });
    await killRelay();
  }

  async #takeTransportDown(): Promise<void> {
    const { broker, onEvent, signal } = this.#options;
    const placedBefore = this.#placed;
    const since = this.#clock.monotonic();
    broker.setAvailable(false);
    this.#isFlowing = false;
    onEvent({ type: 'transport-down' });
    // Aborted: the run ends, and the transport comes up to let it.
    await this.#clock.sleep(OUTAGE_MS, signal);
    // With few orders the next one comes later than that, and it is to come while the transport is down.
    while (this.#placed === placedBefore && !signal.aborted) await this.#clock.sleep(LOOK_EVERY_MS, signal);
    broker.setAvailable(true);
    const afterMs = this.#clock.monotonic() - since;
    onEvent({ type: 'transport-up', afterMs, ordersMeanwhile: this.#placed - placedBefore });
  }
}
