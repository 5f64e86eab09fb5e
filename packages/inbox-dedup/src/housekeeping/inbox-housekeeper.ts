import {
  type Clock,
  integerOption,
  Loop,
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

/** An inbox, as the housekeeper sees it. */
export interface HousekeptInbox {
  readonly upkeep: InboxUpkeep;
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
 * block no writer; any number may run at once. One per consumer, in any of its processes, is enough.
 */
export class InboxHousekeeper {
  readonly #upkeep: InboxUpkeep;
  readonly #everyMs: number;
  readonly #purger: Purger;
  readonly #loop: Loop;
  readonly #onEvent: ((event: HousekeeperEvent) => void) | undefined;
  readonly #telemetry: Telemetry;
  #endGauges: (() => void) | null = null;

  constructor(options: InboxHousekeeperOptions) {
    const { inbox, clock = new SystemClock() } = options;
    this.#upkeep = inbox.upkeep;
    this.#everyMs = integerOption('everyMs', options.everyMs, { min: 1, default: 60_000 });
    this.#onEvent = options.onEvent;
    this.#telemetry = options.telemetry ?? new Telemetry();
    const usualChunk = this.#upkeep.dialect === 'sqlite' ? 200 : 1_000;
    this.#purger = new Purger({
      upkeep: this.#upkeep,
      clock,
      chunk: integerOption('chunk', options.chunk, { min: 1, max: 1_000, default: usualChunk }),
      onChunk: () => this.#loop.progress(),
    });
    const activity = 'inbox housekeeping';
    this.#loop = new Loop({
      name: activity,
      runOnce: (signal) => this.#clean(signal),
      clock,
      ...(options.random !== undefined && { random: options.random }),
      onError: (error) =>
        this.#emit({ type: 'error', consumer: this.#upkeep.consumer, activity, error: summarizeError(error) }),
      onStalled: () => this.#emit({ type: 'stalled', consumer: this.#upkeep.consumer, activity }),
    });
  }

  /** Begins to clean up, and to report gauges. Calling it again changes nothing. @throws LoopStoppedError after `stop()` */
  start(): void {
    this.#loop.start();
    this.#endGauges ??= observeInbox(this.#telemetry, this.#upkeep);
  }

  /** Removes everything that is due now, started or not. */
  async runOnce(): Promise<void> {
    await this.#loop.runOnce();
  }

  /** Ends after the chunk in progress, and writes down how far this process has come. Never rejects. */
  async stop(options: StopOptions = {}): Promise<StopReport> {
    this.#endGauges?.();
    const report = await this.#loop.stop(options);
    await this.#upkeep.reportProgress();
    return report;
  }

  status(): LoopStatus {
    return this.#loop.status();
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
