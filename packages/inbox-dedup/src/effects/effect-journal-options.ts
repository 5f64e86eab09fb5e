import {
  type Clock,
  InvalidOptionError,
  integerOption,
  type Random,
  SystemClock,
  SystemRandom,
  stringOption,
  Telemetry,
} from '@holdfast/core';
import type { SqlExecutor } from '@holdfast/sql';
import { type EffectDatabase, effectExecutor } from './effect-database.ts';
import type { EffectEventListener } from './effect-event.ts';
import type { EffectStore } from './store/effect-store.ts';

export interface EffectJournalOptions {
  /** What kind of effects these are: `payment`. Keys of different journals have nothing to do with each other. */
  readonly name: string;
  readonly store: EffectStore;
  /** What single statements run on; the same database as the store's. */
  readonly database: EffectDatabase;
  /**
   * Is part of every idempotency key: `production`. Give it where several installations share an account at the provider, so that
   * order 1 of the one is not order 1 of the other. Never change it afterwards. @default ''
   */
  readonly scope?: string;
  /** How long a call may take, in milliseconds, unless the effect says otherwise. @default 10_000 */
  readonly deadlineMs?: number;
  /** How long a verification may take, in milliseconds. @default 10_000 */
  readonly verifyDeadlineMs?: number;
  /**
   * How long after the end of a call, in milliseconds, a request of it may still take effect at the provider. "It did not happen" is
   * not believed before: it may be on its way, in a proxy or a queue. Ask your provider, and count its load balancers. @default 30_000
   */
  readonly settleMs?: number;
  /** How much longer than its deadline a call is protected, and how long a process may stand still before it, in milliseconds. @default 5_000 */
  readonly leaseMarginMs?: number;
  /** Verifications that cannot tell, after which an effect is parked for a person. @default 8 */
  readonly maxVerifications?: number;
  /** Pauses between verifications: up to `min`, doubling up to `max`, with full jitter. @default { min: 1_000, max: 300_000 } */
  readonly verifyBackoffMs?: { readonly min: number; readonly max: number };
  /** An effect that is unknown for longer is parked whatever its verifications ended with, in milliseconds. @default 24 hours */
  readonly parkAfterMs?: number;
  /** Largest result, in bytes of JSON. @default 64 KiB */
  readonly maxResultBytes?: number;
  readonly onEvent?: EffectEventListener;
  readonly telemetry?: Telemetry;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** The options, checked and completed. */
export interface EffectSettings {
  readonly journal: string;
  readonly store: EffectStore;
  readonly executor: SqlExecutor;
  readonly scope: string;
  readonly deadlineMs: number;
  readonly verifyDeadlineMs: number;
  readonly settleMs: number;
  readonly leaseMarginMs: number;
  readonly maxVerifications: number;
  readonly verifyBackoff: { readonly baseMs: number; readonly maxMs: number; readonly random: Random };
  readonly parkAfterMs: number;
  readonly maxResultBytes: number;
  readonly onEvent: EffectEventListener | undefined;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
}

const DAY_MS = 86_400_000;

/** @throws InvalidOptionError */
export function effectSettings(given: EffectJournalOptions): EffectSettings {
  const { store, database, verifyBackoffMs: backoff = { min: 1_000, max: 300_000 } } = given;
  if (store.dialect !== database.dialect) {
    throw new InvalidOptionError('store', store.dialect, `a store for "${database.dialect}", as "database" is`);
  }
  return {
    journal: stringOption('name', given.name, { maxBytes: 128 }),
    store,
    executor: effectExecutor(database),
    scope: given.scope === undefined || given.scope === '' ? '' : stringOption('scope', given.scope, { maxBytes: 256 }),
    deadlineMs: deadlineOption(given.deadlineMs, 10_000),
    verifyDeadlineMs: integerOption('verifyDeadlineMs', given.verifyDeadlineMs, {
      min: 1,
      max: DAY_MS,
      default: 10_000,
    }),
    settleMs: integerOption('settleMs', given.settleMs, { min: 0, max: DAY_MS, default: 30_000 }),
    leaseMarginMs: integerOption('leaseMarginMs', given.leaseMarginMs, { min: 1, max: DAY_MS, default: 5_000 }),
    maxVerifications: integerOption('maxVerifications', given.maxVerifications, { min: 1, max: 10_000, default: 8 }),
    verifyBackoff: {
      baseMs: integerOption('verifyBackoffMs.min', backoff.min, { min: 0, max: DAY_MS }),
      maxMs: integerOption('verifyBackoffMs.max', backoff.max, { min: backoff.min, max: DAY_MS }),
      random: given.random ?? new SystemRandom(),
    },
    parkAfterMs: integerOption('parkAfterMs', given.parkAfterMs, { min: 1, default: DAY_MS }),
    maxResultBytes: integerOption('maxResultBytes', given.maxResultBytes, { min: 2, max: 1 << 24, default: 65_536 }),
    onEvent: given.onEvent,
    telemetry: given.telemetry ?? new Telemetry(),
    clock: given.clock ?? new SystemClock(),
  };
}

/** @throws InvalidOptionError */
export function deadlineOption(deadlineMs: number | undefined, fallback: number): number {
  return integerOption('deadlineMs', deadlineMs, { min: 1, max: DAY_MS, default: fallback });
}
