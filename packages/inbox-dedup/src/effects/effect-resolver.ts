import {
  type Clock,
  InvalidOptionError,
  integerOption,
  Loop,
  type LoopResult,
  type LoopStatus,
  type Random,
  type StopOptions,
  type StopReport,
  SystemClock,
} from '@holdfast/core';
import { resolveLimits } from './due-resolver.ts';
import type { VerifyEffect } from './effect.ts';
import type { EffectJournal } from './effect-journal.ts';

export interface EffectResolverOptions {
  readonly journal: EffectJournal;
  /** For every effect of the journal: it gets the key and what `about` says. */
  readonly verify: VerifyEffect<unknown>;
  /** Most effects of one run. @default 100 */
  readonly limit?: number;
  /** Verifications at once. @default 4 */
  readonly concurrency?: number;
  /** How long settled effects are kept, in milliseconds: longer than any message or request for them can come again. @default 90 days */
  readonly retentionMs?: number;
  readonly onError?: (error: unknown) => void;
  readonly clock?: Clock;
  readonly random?: Random;
}

const DAY_MS = 86_400_000;
const PURGE_EVERY_MS = 60_000;
const PURGE_CHUNK = 1_000;

/**
 * Finds out about effects whose outcome is unknown, also when nobody performs them again, and forgets old settled ones. It never calls
 * an effect. Any number of processes may run one: each effect is looked at by one at a time.
 */
export class EffectResolver {
  readonly #options: EffectResolverOptions;
  readonly #limits: ReturnType<typeof resolveLimits>;
  readonly #retentionMs: number;
  readonly #clock: Clock;
  readonly #loop: Loop;
  #purgeAt = Number.NEGATIVE_INFINITY;

  /** @throws InvalidOptionError */
  constructor(options: EffectResolverOptions) {
    if (typeof options.verify !== 'function') throw new InvalidOptionError('verify', options.verify, 'a function');
    this.#options = options;
    this.#limits = resolveLimits(options);
    this.#retentionMs = integerOption('retentionMs', options.retentionMs, { min: 1, default: 90 * DAY_MS });
    const { clock = new SystemClock(), random, onError } = options;
    this.#clock = clock;
    this.#loop = new Loop({
      name: 'effect resolver',
      runOnce: (signal) => this.#run(signal),
      idleMs: { min: 500, max: 5_000 },
      clock,
      ...(random && { random }),
      ...(onError && { onError }),
    });
  }

  start(): void {
    this.#loop.start();
  }

  /** Stops verifications under way, which changes nothing about their effects, and waits for the run in progress. */
  stop(options?: StopOptions): Promise<StopReport> {
    return this.#loop.stop(options);
  }

  /** One pass, started or not. */
  runOnce(): Promise<LoopResult> {
    return this.#loop.runOnce();
  }

  status(): LoopStatus {
    return this.#loop.status();
  }

  async #run(signal: AbortSignal): Promise<LoopResult> {
    const { journal, verify } = this.#options;
    const { happened, notHappened, parked, open } = await journal.resolveUnknown(verify, { ...this.#limits, signal });
    await this.#purgeIfDue(signal);
    // What is open is not due before its backoff, so a run that found nothing else need not hurry.
    return happened + notHappened + parked + open >= this.#limits.limit ? 'busy' : 'idle';
  }

  async #purgeIfDue(signal: AbortSignal): Promise<void> {
    if (this.#clock.monotonic() < this.#purgeAt) return;
    this.#purgeAt = this.#clock.monotonic() + PURGE_EVERY_MS;
    const chunk = { retentionMs: this.#retentionMs, limit: PURGE_CHUNK };
    while (!signal.aborted && (await this.#options.journal.purge(chunk)) === PURGE_CHUNK) this.#loop.progress();
  }
}
