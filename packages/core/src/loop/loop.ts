import { SystemRandom } from '../chance/system-random.ts';
import { InvalidOptionError } from '../errors/invalid-option-error.ts';
import { LoopStoppedError } from '../errors/loop-stopped-error.ts';
import { summarizeError } from '../errors/summarize-error.ts';
import { integerOption } from '../options/integer-option.ts';
import { numberOption } from '../options/number-option.ts';
import { stringOption } from '../options/string-option.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import { SystemClock } from '../time/system-clock.ts';
import { LoopPace, type LoopResult } from './loop-pace.ts';

export interface LoopOptions {
  /** For errors, logs and metrics. */
  readonly name: string;
  /** One bounded piece of work. It must settle soon after `signal` is aborted. */
  readonly runOnce: (signal: AbortSignal) => Promise<LoopResult>;
  /** Pause while idle: `min` after work, doubling up to `max`, with jitter. @default { min: 20, max: 1_000 } */
  readonly idleMs?: { readonly min: number; readonly max: number };
  /** Bounds of the pause after failed runs, with full jitter. @default { min: 100, max: 30_000 } */
  readonly errorBackoffMs?: { readonly min: number; readonly max: number };
  /** A run of this many milliseconds without `progress()` is reported as stalled. @default 60_000 */
  readonly stallMs?: number;
  /** @default the system's clock */
  readonly clock?: Clock;
  /** @default the system's */
  readonly random?: Random;
  /** Gets every error of a run. What it throws is dropped: reporting must not end the loop. */
  readonly onError?: (error: unknown) => void;
  /** Told once when a run stalls. */
  readonly onStalled?: (status: LoopStatus) => void;
  /** Whether a started loop keeps the process alive. @default true with the system's clock, else false */
  readonly keepAlive?: boolean;
}

export interface LoopStatus {
  readonly name: string;
  /** Started, and not stopped. */
  readonly running: boolean;
  /** A run is in progress and has made no progress for `stallMs`. */
  readonly stalled: boolean;
  /** When the last run ended, in milliseconds since the Unix epoch. */
  readonly lastRunAt: number | null;
  /** Summary of the last error; stays after a recovery, see `consecutiveErrors`. */
  readonly lastError: string | null;
  readonly consecutiveErrors: number;
}

export interface StopOptions {
  /** How long to wait for the run in progress, in milliseconds. @default 10_000 */
  readonly deadlineMs?: number;
}

export interface StopReport {
  /** Whether everything ended within the deadline. If not, a run is still hanging. */
  readonly settled: boolean;
}

const KEEP_ALIVE_MS = 2_147_483_647;

/**
 * The one loop that drives every background activity: never two runs at once, adaptive polling, backoff after errors,
 * a watchdog, and a stop that leaves no timer, listener or promise. It goes from new to started to stopped, once.
 */
export class Loop {
  readonly #name: string;
  readonly #runOnce: (signal: AbortSignal) => Promise<LoopResult>;
  readonly #stallMs: number;
  readonly #clock: Clock;
  readonly #pace: LoopPace;
  readonly #onError: ((error: unknown) => void) | undefined;
  readonly #onStalled: ((status: LoopStatus) => void) | undefined;
  readonly #keepAlive: boolean;
  readonly #stop = new AbortController();

  #driving: Promise<unknown> | undefined;
  #current: Promise<LoopResult> | undefined;
  #next: Promise<LoopResult> | undefined;
  #stopping: Promise<StopReport> | undefined;
  #sleeping: AbortController | undefined;
  #nudged = false;
  #progressAt = 0;
  #stallReported = false;
  #lastRunAt: number | null = null;
  #lastError: string | null = null;
  #errorBackoffMs = 0;

  constructor(options: LoopOptions) {
    this.#name = stringOption('name', options.name, { maxBytes: 256 });
    if (typeof options.runOnce !== 'function') throw new InvalidOptionError('runOnce', options.runOnce, 'a function');
    this.#runOnce = options.runOnce;
    this.#stallMs = integerOption('stallMs', options.stallMs, { min: 1, default: 60_000 });
    this.#clock = options.clock ?? new SystemClock();
    this.#onError = options.onError;
    this.#onStalled = options.onStalled;
    this.#keepAlive = options.keepAlive ?? this.#clock instanceof SystemClock;
    this.#pace = new LoopPace({
      idle: pauseRange('idleMs', options.idleMs ?? { min: 20, max: 1_000 }),
      error: pauseRange('errorBackoffMs', options.errorBackoffMs ?? { min: 100, max: 30_000 }),
      random: options.random ?? new SystemRandom(),
    });
  }

  /** Starts to run. Calling it again changes nothing. @throws LoopStoppedError after `stop()` */
  start(): void {
    if (this.#stopping !== undefined) throw new LoopStoppedError(this.#name);
    this.#driving ??= Promise.all([this.#drive(), this.#watch()]);
  }

  /**
   * There is work: ends an idle pause at once. During a run it causes exactly one more, however often it is called.
   * It does not cut the backoff after an error.
   */
  nudge(): void {
    this.#nudged = true;
    if (this.#errorBackoffMs === 0) this.#sleeping?.abort();
  }

  /** Tells the watchdog that a long run is getting on. */
  progress(): void {
    this.#progressAt = this.#clock.monotonic();
    this.#stallReported = false;
  }

  /**
   * Makes one run, started or not. While a run is in progress it waits, and all who wait share the one that follows.
   * Rejects with the run's error. @throws LoopStoppedError after `stop()`
   */
  runOnce(): Promise<LoopResult> {
    if (this.#stop.signal.aborted) return Promise.reject(new LoopStoppedError(this.#name));
    if (this.#current === undefined) return this.#begin();
    this.#next ??= this.#beginAfterCurrent();
    return this.#next;
  }

  /**
   * Aborts the signal of the run in progress and waits for it until the deadline. Never rejects. A second call waits
   * for the first one's end.
   */
  stop(options: StopOptions = {}): Promise<StopReport> {
    this.#stopping ??= this.#settle(options.deadlineMs ?? 10_000);
    return this.#stopping;
  }

  status(): LoopStatus {
    return {
      name: this.#name,
      running: this.#driving !== undefined && this.#stopping === undefined,
      stalled: this.#stalledFor() >= 0,
      lastRunAt: this.#lastRunAt,
      lastError: this.#lastError,
      consecutiveErrors: this.#pace.consecutiveErrors,
    };
  }

  async #drive(): Promise<void> {
    const handle = this.#keepAlive ? setInterval(() => {}, KEEP_ALIVE_MS) : undefined;
    try {
      while (!this.#stop.signal.aborted) {
        await this.#sleep(await this.#runAndDecide());
      }
    } finally {
      clearInterval(handle);
    }
  }

  async #runAndDecide(): Promise<number> {
    this.#errorBackoffMs = 0;
    try {
      return this.#pace.afterResult(await this.runOnce());
    } catch {
      return this.#errorBackoffMs;
    }
  }

  async #sleep(ms: number): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#sleeping = new AbortController();
    const wanted = this.#nudged && this.#errorBackoffMs === 0;
    await this.#clock.sleep(wanted ? 0 : ms, this.#sleeping.signal);
    this.#sleeping = undefined;
  }

  #begin(): Promise<LoopResult> {
    const run = this.#run().finally(() => {
      this.#current = undefined;
    });
    this.#current = run;
    return run;
  }

  async #beginAfterCurrent(): Promise<LoopResult> {
    while (this.#current !== undefined) await settled(this.#current);
    this.#next = undefined;
    if (this.#stop.signal.aborted) throw new LoopStoppedError(this.#name);
    return this.#begin();
  }

  async #run(): Promise<LoopResult> {
    this.#nudged = false;
    this.progress();
    try {
      return await this.#runOnce(this.#stop.signal);
    } catch (error) {
      this.#fail(error);
      throw error;
    } finally {
      this.#lastRunAt = this.#clock.now();
    }
  }

  #fail(error: unknown): void {
    const { signal } = this.#stop;
    // A run that ends because it was told to has not failed.
    if (signal.aborted && (error === signal.reason || (error instanceof Error && error.name === 'AbortError'))) return;
    this.#errorBackoffMs = this.#pace.afterError();
    this.#lastError = summarizeError(error);
    callQuietly(() => this.#onError?.(error));
  }

  /** Milliseconds over the stall limit; negative: milliseconds left. */
  #stalledFor(): number {
    if (this.#current === undefined) return -this.#stallMs;
    return this.#clock.monotonic() - this.#progressAt - this.#stallMs;
  }

  async #watch(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const over = this.#stalledFor();
      if (over >= 0 && !this.#stallReported) {
        this.#stallReported = true;
        callQuietly(() => this.#onStalled?.(this.status()));
      }
      await this.#clock.sleep(over >= 0 ? this.#stallMs : -over, this.#stop.signal);
    }
  }

  async #settle(deadlineMs: number): Promise<StopReport> {
    this.#stop.abort();
    this.#sleeping?.abort();
    const ended = new AbortController();
    const everything = settled(this.#driving, this.#next, this.#current).then(() => ({ settled: true }));
    const deadline = this.#clock.sleep(deadlineMs, ended.signal).then(() => ({ settled: false }));
    const report = await Promise.race([everything, deadline]);
    ended.abort();
    return report;
  }
}

async function settled(...promises: readonly (Promise<unknown> | undefined)[]): Promise<void> {
  await Promise.allSettled(promises);
}

function callQuietly(report: () => void): void {
  try {
    report();
  } catch {
    // Reporting must not end what it reports on.
  }
}

function pauseRange(name: string, range: { readonly min: number; readonly max: number }) {
  const maxMs = numberOption(`${name}.max`, range.max, { min: 0, max: KEEP_ALIVE_MS });
  return { minMs: numberOption(`${name}.min`, range.min, { min: 0, max: maxMs }), maxMs };
}
