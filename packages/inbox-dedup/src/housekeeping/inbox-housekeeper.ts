import {
  type Clock,
  integerOption,
  Loop,
  type LoopOptions,
  type LoopResult,
  type LoopStatus,
  type Random,
  type StopOptions,
  type StopReport,
  SystemClock,
  summarizeError,
  Telemetry,
} from '@holdfast/core';
import type { HousekeeperEvent } from './housekeeper-event.ts';
import { observeInbox } from './inbox-gauges.ts';
import type { InboxUpkeep } from './inbox-upkeep.ts';
import { Purger } from './purger.ts';

const RELEASE_BATCH = 100;
/** A release is done by whoever applies the predecessor; this is for what crashed or failed. */
const RELEASE_IDLE_MS = { min: 250, max: 5_000 };

/** An inbox, as the housekeeper sees it. */
export interface HousekeptInbox {
  readonly upkeep: InboxUpkeep;
  releaseReady(options: { readonly limit: number; readonly signal: AbortSignal }): Promise<number>;
}

export interface InboxHousekeeperOptions {
  readonly inbox: HousekeptInbox;
  /** Between two clean-ups, in milliseconds. @default 60_000 */
  readonly everyMs?: number;
  /** Rows that one transaction removes. @default 1_000 on PostgreSQL, 200 on SQLite, where writers wait for it */
  readonly chunk?: number;
  /** Told what happens. What it throws is dropped. */
  readonly onEvent?: (event: HousekeeperEvent) => void;
  /** @default the application's OpenTelemetry */
  readonly telemetry?: Telemetry;
  /** @default the system's clock */
  readonly clock?: Clock;
  /** @default the system's */
  readonly random?: Random;
}

/**
 * Removes what an inbox no longer needs: records and attempts whose time is over, counted from how far the consumer has come,
 * and the progress of instances that are gone. Quarantined messages stay until a person decides. Works in short transactions that
 * block no writer; any number may run at once. One per consumer is enough for that. It also applies parked messages whose turn
 * has come, with the works of its process: with gates, run one in every process that handles messages.
 */
export class InboxHousekeeper {
  readonly #upkeep: InboxUpkeep;
  readonly #everyMs: number;
  readonly #purger: Purger;
  readonly #cleaning: Loop;
  readonly #releasing: Loop;
  readonly #inbox: HousekeptInbox;
  readonly #onEvent: ((event: HousekeeperEvent) => void) | undefined;
  readonly #telemetry: Telemetry;
  #endGauges: (() => void) | null = null;

  constructor(options: InboxHousekeeperOptions) {
    const { inbox, clock = new SystemClock() } = options;
    this.#inbox = inbox;
    this.#upkeep = inbox.upkeep;
    this.#everyMs = integerOption('everyMs', options.everyMs, { min: 1, default: 60_000 });
    this.#onEvent = options.onEvent;
    this.#telemetry = options.telemetry ?? new Telemetry();
    const usualChunk = this.#upkeep.dialect === 'sqlite' ? 200 : 1_000;
    this.#purger = new Purger({
      upkeep: this.#upkeep,
      clock,
      chunk: integerOption('chunk', options.chunk, { min: 1, max: 1_000, default: usualChunk }),
      onChunk: () => this.#cleaning.progress(),
    });
    const { random } = options;
    const settings = { clock, ...(random !== undefined && { random }) };
    this.#cleaning = this.#loop('inbox housekeeping', (signal) => this.#clean(signal), settings);
    this.#releasing = this.#loop('inbox release', (signal) => this.#release(signal), {
      ...settings,
      idleMs: RELEASE_IDLE_MS,
    });
  }

  /** Begins to clean up, and to report gauges. Calling it again changes nothing. @throws LoopStoppedError after `stop()` */
  start(): void {
    this.#cleaning.start();
    this.#releasing.start();
    this.#endGauges ??= observeInbox(this.#telemetry, this.#upkeep);
  }

  /** Applies what waits for nothing and removes what is due, once, started or not. */
  async runOnce(): Promise<void> {
    while ((await this.#releasing.runOnce()) === 'busy');
    await this.#cleaning.runOnce();
  }

  /** Ends after the chunk in progress, and writes down how far this process has come. Never rejects. */
  async stop(options: StopOptions = {}): Promise<StopReport> {
    this.#endGauges?.();
    const reports = await Promise.all([this.#cleaning.stop(options), this.#releasing.stop(options)]);
    await this.#upkeep.reportProgress();
    return { settled: reports.every(({ settled }) => settled) };
  }

  /** Of the clean-up, and of the release of parked messages. */
  status(): readonly LoopStatus[] {
    return [this.#cleaning.status(), this.#releasing.status()];
  }

  #loop(
    activity: string,
    runOnce: (signal: AbortSignal) => Promise<LoopResult>,
    settings: Pick<LoopOptions, 'clock' | 'random' | 'idleMs'>,
  ): Loop {
    const { consumer } = this.#upkeep;
    return new Loop({
      ...settings,
      name: activity,
      runOnce,
      onError: (error) => this.#emit({ type: 'error', consumer, activity, error: summarizeError(error) }),
      onStalled: () => this.#emit({ type: 'stalled', consumer, activity }),
    });
  }

  async #release(signal: AbortSignal): Promise<LoopResult> {
    const released = await this.#inbox.releaseReady({ limit: RELEASE_BATCH, signal });
    return released >= RELEASE_BATCH ? 'busy' : 'idle';
  }

  async #clean(signal: AbortSignal): Promise<LoopResult> {
    await this.#upkeep.reportProgress();
    const removed = await this.#purger.purge(signal);
    if (removed.records + removed.attempts > 0) {
      this.#emit({ type: 'purged', consumer: this.#upkeep.consumer, ...removed });
    }
    if (!signal.aborted) await this.#upkeep.purgeProgress();
    return { sleepMs: this.#everyMs };
  }

  #emit(event: HousekeeperEvent): void {
    try {
      this.#onEvent?.(event);
    } catch {
      // A listener's failure is not the housekeeper's.
    }
  }
}
