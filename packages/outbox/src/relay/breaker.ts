import { backoffMs, type Clock, type Random } from '@holdfast/core';

export type BreakerState = 'closed' | 'open' | 'half-open';

/** What may be sent now: everything, one message to find out, or nothing for a while. */
export type BreakerPermission =
  | { readonly allow: 'all' }
  | { readonly allow: 'probe' }
  | { readonly allow: 'none'; readonly waitMs: number };

export interface BreakerOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** First wait after a failure, in milliseconds; the next ones double, with full jitter. @default 100 */
  readonly baseMs?: number;
  /** Longest wait between two probes, in milliseconds. @default 10_000 */
  readonly maxMs?: number;
}

/**
 * A circuit breaker for one destination (Nygard, "Release It!", 2007). While it is open nothing is sent and nothing is
 * counted against a message; a single probe finds out when the destination is back.
 */
export class Breaker {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #baseMs: number;
  readonly #maxMs: number;
  #state: BreakerState = 'closed';
  #failures = 0;
  #outage = 0;
  #openUntil = 0;
  #openedAt: number | null = null;

  constructor({ clock, random, baseMs = 100, maxMs = 10_000 }: BreakerOptions) {
    this.#clock = clock;
    this.#random = random;
    this.#baseMs = baseMs;
    this.#maxMs = maxMs;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** When it opened, in milliseconds since the Unix epoch; `null` while it is closed. */
  get openedAt(): number | null {
    return this.#openedAt;
  }

  /** Asks to send. Whoever is allowed a probe must report with {@link succeed}, {@link fail} or {@link cancel}. */
  permission(): BreakerPermission {
    if (this.#state === 'closed') return { allow: 'all' };
    const waitMs = this.#openUntil - this.#clock.monotonic();
    if (waitMs > 0) return { allow: 'none', waitMs };
    if (this.#state === 'half-open') return { allow: 'none', waitMs: this.#baseMs };
    this.#state = 'half-open';
    return { allow: 'probe' };
  }

  /** The destination took something. */
  succeed(): void {
    this.#state = 'closed';
    this.#failures = 0;
    this.#openUntil = 0;
    this.#openedAt = null;
  }

  /** Grows with every failure. A success of something that was sent before the last one says nothing about now. */
  get outage(): number {
    return this.#outage;
  }

  /**
   * The destination was unavailable; `retryAfterMs` is what it asked for. After progress in between it counts as the
   * first failure. Never shortens a wait that another lane was asked for.
   */
  fail(retryAfterMs = 0, { isFirst = false }: { readonly isFirst?: boolean } = {}): void {
    this.#outage += 1;
    this.#failures = isFirst ? 1 : this.#failures + 1;
    this.#openedAt ??= this.#clock.now();
    this.#state = 'open';
    const wait = backoffMs(this.#failures, { baseMs: this.#baseMs, maxMs: this.#maxMs, random: this.#random });
    const until = this.#clock.monotonic() + Math.max(retryAfterMs, wait);
    this.#openUntil = Math.max(this.#openUntil, until);
  }

  /** The probe was not sent after all. */
  cancel(): void {
    if (this.#state === 'half-open') this.#state = 'open';
  }
}
