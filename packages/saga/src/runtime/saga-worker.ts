import {
  Loop,
  type LoopResult,
  type LoopStatus,
  type StopOptions,
  type StopReport,
  summarizeError,
} from '@holdfast/core';
import { observeSagas } from './saga-gauges.ts';
import type { SagaParts } from './saga-parts.ts';
import { SagaPurger } from './saga-purger.ts';
import { type SagaWorkerOptions, type SagaWorkerSettings, sagaWorkerSettings } from './saga-worker-options.ts';
import { TimerFiring } from './timer-firing.ts';
import { WorkerLease } from './worker-lease.ts';

export interface SagaWorkerStatus {
  /** Whether this worker is the one that works. */
  readonly leads: boolean;
  readonly timers: LoopStatus;
  readonly cleaning: LoopStatus;
}

/**
 * What sagas need besides their events: it fires timers when they run out, by the database's clock, and removes finished instances whose
 * time is over. Start one in each process that runs the sagas; with `leases` one of them works. Timers that come late, after an outage
 * for one, are all fired; a timer that fails is tried again with growing pauses and holds back no other.
 */
export class SagaWorker<Tx> {
  readonly #parts: SagaParts<Tx>;
  readonly #settings: SagaWorkerSettings;
  readonly #lease: WorkerLease;
  readonly #firing: TimerFiring<Tx>;
  readonly #purger: SagaPurger<Tx>;
  readonly #timers: Loop;
  readonly #cleaning: Loop;
  readonly #endings: (() => void)[] = [];
  /** When the next look is planned; nothing is while one is under way. */
  #lookAt = Number.NEGATIVE_INFINITY;
  /** When the first of the timers runs out that were set here and that a look may not have seen, because they were not committed. */
  #expectedAt = Number.POSITIVE_INFINITY;
  #stopping: Promise<StopReport> | null = null;

  /** @throws InvalidOptionError */
  constructor(options: SagaWorkerOptions<Tx>) {
    const { parts } = options.runtime;
    const settings = sagaWorkerSettings(options, parts);
    this.#parts = parts;
    this.#settings = settings;
    this.#lease = new WorkerLease({
      leases: options.leases,
      name: settings.leaseName,
      holder: parts.ids.next(),
      leaseMs: settings.leaseMs,
      clock: parts.clock,
    });
    this.#timers = this.#loop('saga timers', (signal) => this.#look(signal));
    this.#cleaning = this.#loop('saga cleaning', (signal) => this.#clean(signal));
    this.#firing = new TimerFiring({
      parts,
      retry: settings.retry,
      keepOn: () => {
        this.#timers.progress();
        return this.#lease.keep();
      },
    });
    this.#purger = new SagaPurger({ parts, chunk: settings.purgeChunk, onChunk: () => this.#cleaning.progress() });
  }

  /** Begins to work, or to stand by, and to report gauges. Calling it again changes nothing. @throws LoopStoppedError after `stop()` */
  start(): void {
    this.#timers.start();
    this.#cleaning.start();
    if (this.#endings.length > 0) return;
    this.#endings.push(
      this.#parts.timerHints.subscribe((afterMs) => this.#expect(afterMs)),
      observeSagas(this.#parts, () => this.#lease.isHeld),
    );
  }

  /** Fires what is due and removes what is over, once, started or not: for jobs and tests. Does nothing while another worker leads. */
  async runOnce(): Promise<void> {
    while ((await this.#timers.runOnce()) === 'busy');
    await this.#cleaning.runOnce();
  }

  /** Looks at the timers at once. */
  nudge(): void {
    this.#timers.nudge();
  }

  /** Waits for the transaction in progress until the deadline, and lets a standby take over at once. Never rejects. */
  stop(options: StopOptions = {}): Promise<StopReport> {
    this.#stopping ??= this.#settle(options);
    return this.#stopping;
  }

  /** What this process does now. No I/O. */
  status(): SagaWorkerStatus {
    return { leads: this.#lease.isHeld, timers: this.#timers.status(), cleaning: this.#cleaning.status() };
  }

  async #look(signal: AbortSignal): Promise<LoopResult> {
    const { store, definitions, transactions, clock } = this.#parts;
    const { batchSize, leaseMs, pollMs } = this.#settings;
    const { sagas } = definitions;
    this.#lookAt = Number.NEGATIVE_INFINITY;
    if (this.#expectedAt <= clock.monotonic()) this.#expectedAt = Number.POSITIVE_INFINITY;
    if (!(await this.#lease.keep())) return { sleepMs: leaseMs / 3 };
    const due = await store.timers.due(transactions, { sagas, limit: batchSize });
    if (due.length > 0) await this.#firing.fire(due, signal);
    if (due.length === batchSize) return 'busy';
    const nextInMs = (await store.timers.nextInMs(transactions, sagas)) ?? pollMs;
    const now = clock.monotonic();
    const sleepMs = Math.max(0, Math.min(pollMs, nextInMs, this.#expectedAt - now));
    this.#lookAt = now + sleepMs;
    return { sleepMs };
  }

  #expect(afterMs: number): void {
    this.#expectedAt = Math.min(this.#expectedAt, this.#parts.clock.monotonic() + afterMs);
    if (this.#expectedAt < this.#lookAt) this.#timers.nudge();
  }

  async #clean(signal: AbortSignal): Promise<LoopResult> {
    const { leaseMs, purgeEveryMs } = this.#settings;
    if (!(await this.#lease.keep())) return { sleepMs: leaseMs };
    const purged = await this.#purger.purge(signal);
    if (purged.instances + purged.parked > 0) this.#parts.report.emit({ type: 'purged', ...purged });
    return { sleepMs: purgeEveryMs };
  }

  #loop(activity: string, runOnce: (signal: AbortSignal) => Promise<LoopResult>): Loop {
    const { clock, random, report } = this.#parts;
    return new Loop({
      name: activity,
      runOnce,
      clock,
      random,
      errorBackoffMs: { min: 100, max: 10_000 },
      onError: (error) => report.emit({ type: 'error', activity, error: summarizeError(error) }),
      onStalled: () => report.emit({ type: 'stalled', activity }),
    });
  }

  async #settle(options: StopOptions): Promise<StopReport> {
    for (const end of this.#endings.splice(0)) end();
    const reports = await Promise.all([this.#timers.stop(options), this.#cleaning.stop(options)]);
    const settled = reports.every((report) => report.settled);
    // Whoever still fires may go on: a standby that fires as well does no harm. It is left to run out when it cannot be given up.
    await this.#lease.release().catch(() => {});
    return { settled };
  }
}
